//! What controllers, scheduler and kubelets have still to do: each piece once, however often it is asked for.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{
    budget, daemon_set, deployment, garbage, job, kubelet, namespace, node, replica_set, scheduler, stateful_set,
};
use crate::store::{ObjectKey, Resource};
use crate::tempo::Span;
use crate::world::World;

/// One pod, not a later one of the same name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PodId {
    pub(crate) key: ObjectKey,
    pub(crate) uid: String,
}

/// A piece of work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Work {
    /// A controller brings an object's world into line with it.
    Sync(ObjectKey),
    /// What the object of that UID owned is taken away.
    Collect(String),
    /// A pod whose node is gone is taken away.
    Sweep(PodId),
    /// A pod that a taint drives away leaves.
    Drive(PodId),
    /// The scheduler finds a node.
    Schedule(ObjectKey),
    /// A kubelet lets a pod's containers run.
    Start(PodId),
    /// A kubelet finds a pod ready.
    Ready(PodId),
    /// A kubelet has ended a pod.
    Stop(PodId),
    /// A pod's containers end by themselves.
    End(PodId),
    /// A kubelet shows a static pod of that node and component.
    Mirror(String, String),
    /// A kubelet writes its Node's status.
    Report(String),
    /// A node has been silent for the grace period.
    Silent(String),
}

/// Who does a piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Worker {
    ControllerManager,
    Scheduler,
    Kubelet,
}

/// The pieces of work that are planned.
#[derive(Debug, Default)]
pub(crate) struct Planned(BTreeSet<Work>);

/// How long work waits while whoever does it cannot work.
const AWAY: Span = Span::ms(500, 1_000, 2_000);

/// Plans a piece of work after the time such work takes, unless it is planned already.
pub(crate) fn enqueue(world: &mut World, work: Work) {
    let tempo = &world.tempo;
    let span = match &work {
        Work::Sync(_) | Work::Collect(_) => tempo.controller,
        // Every 20 s the garbage of lost nodes is looked for.
        Work::Sweep(_) => Span::s(0, 10, 20),
        Work::Schedule(_) => tempo.scheduling,
        Work::Start(_) => tempo.pod_start,
        Work::Ready(_) => tempo.pod_ready,
        Work::Stop(_) => tempo.pod_stop,
        Work::Mirror(..) | Work::Report(_) => Span::ms(100, 500, 2_000),
        Work::Silent(_) => tempo.node_grace,
        Work::Drive(_) | Work::End(_) => Span::ms(0, 0, 0),
    };
    let delay = world.random.within(span);
    enqueue_after(world, work, delay);
}

/// Plans a piece of work after that time, unless it is planned already.
pub(crate) fn enqueue_after(world: &mut World, work: Work, delay: Duration) {
    if world.controllers.planned.0.insert(work.clone()) {
        world.after(delay, move |world| due(world, work));
    }
}

fn due(world: &mut World, work: Work) {
    world.controllers.planned.0.remove(&work);
    if can_work(world, worker(&work)) {
        perform(world, work);
    } else {
        let delay = world.random.within(AWAY);
        enqueue_after(world, work, delay);
    }
}

fn worker(work: &Work) -> Worker {
    match work {
        Work::Sync(_) | Work::Collect(_) | Work::Sweep(_) | Work::Drive(_) | Work::Silent(_) => {
            Worker::ControllerManager
        }
        Work::Schedule(_) => Worker::Scheduler,
        Work::Start(_) | Work::Ready(_) | Work::Stop(_) | Work::End(_) | Work::Mirror(..) | Work::Report(_) => {
            Worker::Kubelet
        }
    }
}

/// Whether an API server answers, and the worker itself runs somewhere.
fn can_work(world: &World, worker: Worker) -> bool {
    let runs = |component: &str| kubelet::component_runs(world, component);
    world.control_plane.answers()
        && match worker {
            Worker::ControllerManager => runs("kube-controller-manager"),
            Worker::Scheduler => runs("kube-scheduler"),
            Worker::Kubelet => true,
        }
}

fn perform(world: &mut World, work: Work) {
    match work {
        Work::Sync(key) => sync(world, &key),
        Work::Collect(uid) => garbage::collect(world, &uid),
        Work::Sweep(pod) => garbage::sweep(world, &pod),
        Work::Drive(pod) => node::drive_away(world, &pod),
        Work::Schedule(key) => scheduler::schedule(world, &key),
        Work::Start(pod) => kubelet::pods::start(world, &pod),
        Work::Ready(pod) => kubelet::pods::ready(world, &pod),
        Work::Stop(pod) => kubelet::pods::stop(world, &pod),
        Work::End(pod) => kubelet::pods::end(world, &pod),
        Work::Mirror(node, component) => kubelet::static_pods::mirror(world, &node, &component),
        Work::Report(node) => kubelet::report(world, &node),
        Work::Silent(node) => node::silent(world, &node),
    }
}

fn sync(world: &mut World, key: &ObjectKey) {
    match key.resource {
        Resource::DEPLOYMENTS => deployment::sync(world, key),
        Resource::REPLICA_SETS => replica_set::sync(world, key),
        Resource::STATEFUL_SETS => stateful_set::sync(world, key),
        Resource::DAEMON_SETS => daemon_set::sync(world, key),
        Resource::JOBS => job::sync(world, key),
        Resource::BUDGETS => budget::sync(world, key),
        Resource::NODES => node::sync(world, key),
        Resource::NAMESPACES => namespace::sync(world, key),
        _ => {}
    }
}
