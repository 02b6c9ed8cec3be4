//! What a cloud is doing: operations with ids, progress, errors and an end.
//!
//! This module keeps the book. What an operation does is told by whoever began it.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use upgrade_core::version::Version;

use super::{Extra, Refused, Request, change, of};
use crate::digest;
use crate::tempo::Span;
use crate::world::World;

/// The id of an operation, in the form of a UUID. Fronts that name operations otherwise put it into the name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OperationId(pub String);

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an operation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The control plane moves to another version.
    ControlPlane,
    /// A pool's nodes are replaced.
    PoolUpgrade,
    /// A pool's nodes are brought back to what they were.
    PoolRollback,
    /// A pool comes.
    PoolCreate,
    /// A pool goes.
    PoolDelete,
    /// A pool gets another size.
    PoolResize,
    /// Something else of the vendor's, by its own name.
    Other(&'static str),
}

/// What an operation works on. While one does, no other of the same subject begins; one of the cluster keeps all others
/// away, and is kept away by any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The cluster as a whole, its control plane.
    Cluster,
    /// A pool.
    Pool(String),
    /// Something else, such as an add-on: only others of the same name are kept away.
    Other(String),
}

/// How far an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It goes on.
    Running,
    /// It goes on only to the end of what is half-done.
    Cancelling,
    /// It did all it was to do.
    Done,
    /// It stopped; what it changed stays changed.
    Failed,
    /// It was cancelled.
    Cancelled,
}

impl State {
    /// Whether nothing more will happen.
    #[must_use]
    pub const fn ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// What a rollout is doing. Those of blue-green are in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Nothing has been touched.
    Preparing,
    /// Nodes are replaced one after another.
    Replacing,
    /// The green pool is created.
    CreatingGreen,
    /// The blue pool is cordoned.
    CordoningBlue,
    /// The blue pool is drained in batches.
    DrainingBlue,
    /// All pods are on the green pool; one can still go back.
    Soaking,
    /// The blue pool is deleted.
    DeletingBlue,
    /// The green pool is being deleted, as someone wants to go back.
    RollingBack,
}

/// How much is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is going on.
    pub phase: Phase,
    /// Nodes that are as they are to be.
    pub done: u32,
    /// Nodes in all.
    pub total: u32,
}

/// One thing that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of thing.
    pub code: FailureCode,
    /// In words.
    pub message: String,
    /// The nodes or machines it is about.
    pub nodes: Vec<String>,
    /// The pods it is about, as `namespace/name`.
    pub pods: Vec<String>,
    /// The budgets that stood in the way, as `namespace/name`.
    pub budgets: Vec<String>,
}

/// What kind of thing went wrong. Fronts have their vendor's word for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureCode {
    /// Pods could not be evicted in time.
    PodEviction,
    /// A machine started and never became a node.
    NodeNeverJoined,
    /// A machine could not be had.
    NoMachine(super::faults::Shortage),
    /// The cloud failed for reasons of its own.
    Internal,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// What it is for.
    pub kind: Kind,
    /// What it works on.
    pub subject: Subject,
    /// How far it is.
    pub state: State,
    /// When it was asked for.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// The version it goes to, for those that go to one.
    pub target: Option<Version>,
    /// How much is done, for those of nodes.
    pub progress: Option<Progress>,
    /// What went wrong so far.
    pub failures: Vec<Failure>,
    /// The client's token.
    pub token: Option<String>,
    /// What the vendor says of it besides.
    pub extra: Extra,
}

/// What is to happen when an operation has ended.
pub(super) type Waiting = Vec<Box<dyn FnOnce(&mut World, &Operation) + Send>>;

/// An operation that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Its id.
    pub id: OperationId,
    /// Whether it was begun before under the same token, so that nothing more is to be done.
    pub again: bool,
}

/// Begins an operation; who began it ends it with [`finish`].
///
/// # Errors
/// When the subject is busy, or the cluster is not managed.
pub fn begin(
    world: &mut World,
    kind: Kind,
    subject: Subject,
    target: Option<Version>,
    request: Request,
) -> Result<Begun, Refused> {
    let known = &of(world)?.now().operations;
    let same = |one: &&Operation| one.token.is_some() && one.token == request.token && one.subject == subject;
    if let Some(again) = known.iter().find(same) {
        return Ok(Begun { id: again.id.clone(), again: true });
    }
    refuse_busy(world, &subject)?;
    let id = OperationId(digest::uuid(&format!("operation {}", world.random.number())));
    let operation = Operation {
        id: id.clone(),
        kind,
        subject,
        state: State::Running,
        started: world.now(),
        ended: None,
        target,
        progress: None,
        failures: Vec::new(),
        token: request.token,
        extra: request.extra,
    };
    change(world, |seen| seen.operations.push(operation));
    Ok(Begun { id, again: false })
}

/// Whether something may begin on that subject.
///
/// # Errors
/// When something else is going on that keeps it away.
pub fn refuse_busy(world: &World, subject: &Subject) -> Result<(), Refused> {
    let cloud = of(world)?;
    let now = world.now();
    let lasts = i64::try_from(cloud.faults.busy_after.as_secs()).unwrap_or(i64::MAX);
    for one in cloud.now().operations.iter().filter(|one| excludes(&one.subject, subject)) {
        if !one.state.ended() {
            return Err(Refused::Busy(one.id.clone()));
        }
        if one.ended.is_some_and(|end| now.duration_since(end).as_secs() < lasts) {
            return Err(Refused::StillBusy);
        }
    }
    Ok(())
}

fn excludes(one: &Subject, other: &Subject) -> bool {
    match (one, other) {
        (Subject::Other(one), Subject::Other(other)) => one == other,
        (Subject::Other(_), Subject::Cluster | Subject::Pool(_))
        | (Subject::Cluster | Subject::Pool(_), Subject::Other(_)) => false,
        (Subject::Cluster, Subject::Cluster | Subject::Pool(_)) | (Subject::Pool(_), Subject::Cluster) => true,
        (Subject::Pool(one), Subject::Pool(other)) => one == other,
    }
}

/// An operation of the vendor's own that takes a while and then has that effect.
///
/// # Errors
/// As [`begin`].
pub fn brief(
    world: &mut World,
    kind: &'static str,
    subject: Subject,
    span: Span,
    request: Request,
    effect: impl FnOnce(&mut World) + Send + 'static,
) -> Result<OperationId, Refused> {
    let begun = begin(world, Kind::Other(kind), subject, None, request)?;
    if !begun.again {
        let id = begun.id.clone();
        world.within(span, move |world| {
            effect(world);
            finish(world, &id, State::Done, Vec::new());
        });
    }
    Ok(begun.id)
}

/// Looks at an operation as it is now, whatever readers see.
#[must_use]
pub fn look<'a>(world: &'a World, id: &OperationId) -> Option<&'a Operation> {
    of(world).ok()?.now().operations.iter().find(|one| one.id == *id)
}

/// Asks an operation to stop. What is half-done is ended first.
///
/// # Errors
/// When there is no such operation, or it has ended.
pub fn cancel(world: &mut World, id: &OperationId) -> Result<(), Refused> {
    let found = look(world, id).ok_or_else(|| Refused::NoOperation(id.to_string()))?;
    if found.state.ended() {
        return Err(Refused::NothingToDo("an operation that is going on"));
    }
    update(world, id, |one| one.state = State::Cancelling);
    Ok(())
}

/// Lets something happen when an operation has ended; at once when it has.
pub fn when_ended(world: &mut World, id: &OperationId, then: impl FnOnce(&mut World, &Operation) + Send + 'static) {
    match look(world, id).cloned() {
        Some(ended) if ended.state.ended() => then(world, &ended),
        Some(_) => {
            if let Some(cloud) = &mut world.cloud {
                cloud.waiting.entry(id.clone()).or_default().push(Box::new(then));
            }
        }
        None => {}
    }
}

/// Ends an operation, once: in `Done`, `Failed` or `Cancelled`, with what went wrong at the end.
pub fn finish(world: &mut World, id: &OperationId, state: State, failures: Vec<Failure>) {
    if look(world, id).is_none_or(|one| one.state.ended()) {
        return;
    }
    let now = world.now();
    update(world, id, |one| {
        one.state = state;
        one.ended = Some(now);
        one.failures.extend(failures);
    });
    let waiting = world.cloud.as_mut().and_then(|cloud| cloud.waiting.remove(id)).unwrap_or_default();
    if let Some(ended) = look(world, id).cloned() {
        waiting.into_iter().for_each(|then| then(world, &ended));
    }
}

/// Writes into the book.
pub fn update(world: &mut World, id: &OperationId, update: impl FnOnce(&mut Operation)) {
    change(world, |seen| {
        if let Some(one) = seen.operations.iter_mut().find(|one| one.id == *id) {
            update(one);
        }
    });
}

/// How long an operation has gone on.
#[must_use]
pub fn age(world: &World, one: &Operation) -> Duration {
    Duration::try_from(world.now().duration_since(one.started)).unwrap_or_default()
}

impl Failure {
    /// Something that is about no node in particular.
    #[must_use]
    pub fn new(code: FailureCode, message: String) -> Self {
        Self { code, message, nodes: Vec::new(), pods: Vec::new(), budgets: Vec::new() }
    }

    /// It, about a node or machine.
    #[must_use]
    pub fn at(mut self, node: &str) -> Self {
        self.nodes.push(node.to_owned());
        self
    }
}
