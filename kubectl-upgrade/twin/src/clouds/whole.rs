//! A control plane and its pools, one part after the other, under one operation.

use std::collections::VecDeque;

use upgrade_core::version::Version;

use super::operations::{self, Failure, FailureCode, Kind, OperationId, State, Subject};
use super::pools::{self, Target};
use super::{Refused, Request, control_plane};
use crate::world::World;

/// The pools left to move, each with where it goes.
type Left = VecDeque<(String, Target)>;

/// Begins it: the control plane first, where it moves at all, then each pool. `name` is that of the operation's subject.
///
/// # Errors
/// When its first part is refused; the operation has failed then.
pub fn upgrade(
    world: &mut World,
    name: &str,
    plane: Option<Version>,
    mut pools: Left,
    request: Request,
) -> Result<OperationId, Refused> {
    let to = plane.clone().or_else(|| pools.front().map(|(_, to)| to.version.clone()));
    let subject = Subject::Other(name.to_owned());
    let begun = operations::begin(world, Kind::Other("Upgrading"), subject, to, request)?;
    let id = begun.id;
    let first = match (plane, pools.front().cloned()) {
        (Some(to), _) => control_plane::upgrade(world, &to, None, Request::default()),
        (None, Some((name, to))) => {
            pools.pop_front();
            pools::upgrade(world, &name, to, Request::default())
        }
        (None, None) => Err(Refused::NothingToDo("a cluster without pools")),
    };
    match first {
        Ok(first) => {
            follow(world, id.clone(), first, pools);
            Ok(id)
        }
        Err(refused) => {
            operations::finish(world, &id, State::Failed, vec![internal(&refused)]);
            Err(refused)
        }
    }
}

/// When one part has ended, the next begins.
fn follow(world: &mut World, whole: OperationId, part: OperationId, mut left: Left) {
    operations::when_ended(world, &part, move |world, ended| {
        let aborted = operations::look(world, &whole).is_none_or(|one| one.state != State::Running);
        let next = left.pop_front();
        match (ended.state, aborted, next) {
            (State::Done, false, Some((name, to))) => match pools::upgrade(world, &name, to, Request::default()) {
                Ok(part) => follow(world, whole, part, left),
                Err(refused) => operations::finish(world, &whole, State::Failed, vec![internal(&refused)]),
            },
            (State::Done, false, None) => operations::finish(world, &whole, State::Done, Vec::new()),
            (State::Done | State::Cancelled, true, _) => {
                operations::finish(world, &whole, State::Cancelled, Vec::new())
            }
            (_, _, _) => operations::finish(world, &whole, State::Failed, ended.failures.clone()),
        }
    });
}

fn internal(refused: &Refused) -> Failure {
    Failure::new(FailureCode::Internal, refused.to_string())
}
