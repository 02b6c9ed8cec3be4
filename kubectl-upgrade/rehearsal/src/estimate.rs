//! How long a plan takes, from its steps alone: what `plan` shows, where a rehearsal would take too long.
//!
//! The durations of things are the twin's own ([`Tempo`]), so that estimate and rehearsal differ only in what a
//! rehearsal alone can know: waits for budgets and for room.

use std::time::Duration;

use upgrade_core::commands;
use upgrade_core::component::Component;
use upgrade_core::plan::{Action, Carrier, CloudAction, ComponentAction, Lane, Plan, Stage, StageKind};
use upgrade_twin::{Span, Tempo};

use crate::spread::Spread;

/// What a step on a host takes beside its action: the look before it, the question whether it ended, the look after it.
const AROUND: Span = Span::ms(300, 600, 1_500);

/// The same of a step that only asks the API.
const SEEN: Span = Span::ms(20, 60, 300);

/// The kubelet is looked at again so long after its restart.
const SETTLES: Span = Span::s(5, 5, 5);

/// A new binary is asked about its unit.
const ASKED: Span = Span::ms(800, 1_500, 5_000);

/// A component is switched and watched: three good looks, a second apart.
const SWITCHED: Span = Span::s(4, 6, 15);

/// One part of what goes over several hosts: a unit is stopped, or started and seen healthy.
const PART: Span = Span::s(1, 4, 30);

/// Hosts are faster and slower than those that were measured, by such a part at least (docs/rehearsal.md).
const HOSTS_DIFFER: f64 = 0.25;

/// How long the plan takes.
#[must_use]
pub fn estimate(plan: &Plan, tempo: &Tempo) -> Spread {
    plan.stages.iter().map(|stage| of_stage(plan, stage, tempo)).sum::<Guess>().spread()
}

/// How long one step of that stage takes, most often.
#[must_use]
pub fn typical(plan: &Plan, stage: &Stage, action: &Action, tempo: &Tempo) -> Duration {
    Work { plan, stage, tempo }.of_action(action).spread().middle
}

/// Steps of one stage.
struct Work<'a> {
    plan: &'a Plan,
    stage: &'a Stage,
    tempo: &'a Tempo,
}

/// The lanes of a stage side by side: each begins when the first of those before it ends.
fn of_stage(plan: &Plan, stage: &Stage, tempo: &Tempo) -> Guess {
    let work = Work { plan, stage, tempo };
    let mut under_way = vec![Guess::default(); stage.at_once.clamp(1, stage.lanes.len().max(1))];
    for lane in &stage.lanes {
        if let Some(first) = under_way.iter_mut().min_by(|one, other| one.mean_s.total_cmp(&other.mean_s)) {
            *first = first.and(work.of_lane(lane));
        }
    }
    under_way.into_iter().max_by(|one, other| one.mean_s.total_cmp(&other.mean_s)).unwrap_or_default()
}

impl Work<'_> {
    fn of_lane(&self, lane: &Lane) -> Guess {
        lane.steps.iter().map(|step| self.of_action(&step.action)).sum()
    }

    fn of_action(&self, action: &Action) -> Guess {
        let tempo = self.tempo;
        let on_host = |span: Span| vec![span, tempo.host_command];
        let spans: Vec<Span> = match action {
            Action::SnapshotEtcd { .. } => on_host(tempo.etcd_snapshot),
            Action::ArchiveFiles { .. } => on_host(tempo.archive),
            Action::SwitchRepository { .. } => on_host(tempo.package_lists),
            Action::InstallPackages { packages, .. } => {
                packages.iter().map(|_| tempo.package_install).chain([tempo.host_command]).collect()
            }
            Action::UpgradeApply { .. } => self.control_plane(),
            Action::UpgradeNode { .. } if self.stage.kind == StageKind::ControlPlane => self.control_plane(),
            Action::UpgradeNode { .. } => on_host(tempo.kubeadm_worker),
            Action::RestartKubelet { .. } => vec![tempo.kubelet_restart, SETTLES, tempo.host_command],
            Action::Cordon { .. } | Action::Uncordon { .. } => vec![tempo.api_answer],
            Action::Drain { seen, .. } => drain(tempo, seen.evicted, !seen.budgets.is_empty()),
            Action::Component(action) => match action {
                ComponentAction::SnapshotEtcd { .. } => on_host(tempo.etcd_snapshot),
                // Its checksum comes the same way.
                ComponentAction::Prepare { .. } => {
                    [ASKED, tempo.package_install, tempo.package_install, tempo.host_command].to_vec()
                }
                ComponentAction::Switch { .. } => on_host(SWITCHED),
                ComponentAction::PreparePod { .. } => [ASKED, tempo.package_install, tempo.host_command].to_vec(),
                ComponentAction::SwitchPod { pod, .. } => on_host(self.static_pod(pod.component)),
                ComponentAction::RestoreEtcd(_) => {
                    let parts = commands::parts(&Action::Component(action.clone())).unwrap_or_default();
                    parts.iter().flat_map(|_| on_host(PART)).collect()
                }
                ComponentAction::CoreDnsImage(_) => renewed(tempo),
                ComponentAction::ByHand { .. } | ComponentAction::CoreDns { .. } => vec![tempo.by_hand],
            },
            Action::Cloud(action) => return of_cloud(action, tempo),
        };
        let around = if action.carrier() == Carrier::Host { AROUND } else { SEEN };
        spans.into_iter().chain([around]).map(Guess::of).sum()
    }

    /// Their kubelet is moved after them.
    fn static_pod(&self, component: Component) -> Span {
        let hop = self.stage.hop.and_then(|index| self.plan.hops.get(index));
        let pods = self.tempo.static_pods_under(hop.map_or(&self.plan.from, |hop| &hop.from).minor());
        match component {
            Component::Etcd => pods.etcd,
            Component::ApiServer => pods.api_server,
            Component::ControllerManager
            | Component::Scheduler
            | Component::CloudControllerManager
            | Component::Kubelet
            | Component::KubeProxy
            | Component::CoreDns
            | Component::ContainerRuntime
            | Component::Kubeadm
            | Component::Kubectl => pods.other,
        }
    }

    /// One component after the other. Their kubelet is moved after them, so that it is the one from before the hop.
    fn control_plane(&self) -> Vec<Span> {
        let tempo = self.tempo;
        let hop = self.stage.hop.and_then(|index| self.plan.hops.get(index));
        let pods = tempo.static_pods_under(hop.map_or(&self.plan.from, |hop| &hop.from).minor());
        let components = [pods.etcd, pods.api_server, pods.other, pods.other];
        [tempo.kubeadm_preflight].into_iter().chain(components).chain([tempo.kubeadm_addons]).collect()
    }
}

/// Only what the simulated clouds go by: nothing of it was measured.
fn of_cloud(action: &CloudAction, tempo: &Tempo) -> Guess {
    let nodes = |nodes: u32| -> Guess {
        let node = [tempo.machine_start, tempo.pod_stop, tempo.machine_stop].map(Guess::of).into_iter().sum::<Guess>();
        std::iter::repeat_n(node, usize::try_from(nodes).unwrap_or(usize::MAX)).sum()
    };
    let asked = Guess::of(tempo.pool_work);
    match action {
        CloudAction::UpgradeControlPlane { along, .. } => {
            let along = along.as_ref().map_or(0, |along| along.seen.nodes);
            Guess::of(tempo.managed_control_plane).and(nodes(along))
        }
        CloudAction::CompleteControlPlane { .. } | CloudAction::RollbackControlPlane { .. } => {
            Guess::of(tempo.managed_control_plane)
        }
        CloudAction::UpgradePool { seen, .. }
        | CloudAction::DrainPool { seen, .. }
        | CloudAction::RenewPool { seen, .. } => asked.and(nodes(seen.nodes)),
        CloudAction::CreatePool { nodes: wanted, .. } => asked.and(nodes(*wanted)),
        CloudAction::SoakPool { seconds, .. } => Guess { mean_s: f64::from(*seconds), variance: 0.0 },
        CloudAction::RollbackPool { .. }
        | CloudAction::FollowPool { .. }
        | CloudAction::DeletePool { .. }
        | CloudAction::UpgradeAddon { .. } => asked.and(nodes(1)),
        CloudAction::RefreshInsights
        | CloudAction::StopOperation { .. }
        | CloudAction::ConfigurePool { .. }
        | CloudAction::CordonPool { .. }
        | CloudAction::UncordonPool { .. } => asked,
    }
}

/// The pods of CoreDNS, of which there are two: one after the other.
fn renewed(tempo: &Tempo) -> Vec<Span> {
    [tempo.scheduling, tempo.pod_start, tempo.pod_ready].repeat(2)
}

fn drain(tempo: &Tempo, evicted: u32, budgets: bool) -> Vec<Span> {
    if evicted == 0 {
        return Vec::new();
    }
    // All end side by side, so the slowest of them counts.
    let slowest = Span { low_ms: tempo.pod_stop.typical_ms, ..tempo.pod_stop };
    let waits = [tempo.scheduling, tempo.pod_start, tempo.pod_ready];
    [slowest].into_iter().chain(waits.into_iter().filter(|_| budgets)).collect()
}

/// A duration that is not known exactly. Chance in one part takes back what it gave in another: variances add up.
#[derive(Clone, Copy, Debug, Default)]
struct Guess {
    mean_s: f64,
    variance: f64,
}

impl Guess {
    /// As the simulated cluster draws it: halfway between a draw below what is typical and one above.
    fn of(span: Span) -> Self {
        let s = |ms: u64| Duration::from_millis(ms).as_secs_f64();
        let (low, typical, high) = (s(span.low_ms), s(span.typical_ms), s(span.high_ms));
        let variance = ((typical - low).powi(2) + (high - typical).powi(2)) / 48.0;
        Self { mean_s: (low + 2.0 * typical + high) / 4.0, variance }
    }

    fn and(self, other: Self) -> Self {
        Self { mean_s: self.mean_s + other.mean_s, variance: self.variance + other.variance }
    }

    /// Nineteen of twenty lie within it, as far as chance goes.
    fn spread(self) -> Spread {
        let either_way = (2.0 * self.variance.sqrt()).max(HOSTS_DIFFER * self.mean_s);
        let duration = |s: f64| Duration::try_from_secs_f64(s.max(0.0)).unwrap_or_default();
        Spread {
            low: duration(self.mean_s - either_way),
            middle: duration(self.mean_s),
            high: duration(self.mean_s + either_way),
        }
    }
}

impl std::iter::Sum for Guess {
    fn sum<I: Iterator<Item = Self>>(guesses: I) -> Self {
        guesses.fold(Self::default(), Self::and)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_evens_out_over_many_steps_and_the_speed_of_hosts_does_not() {
        let one = Guess::of(Span::s(2, 4, 60));
        let part = |guess: Guess| {
            let Spread { low, middle, .. } = guess.spread();
            1.0 - low.as_secs_f64() / middle.as_secs_f64()
        };
        let hundred = std::iter::repeat_n(one, 100).sum::<Guess>();
        assert!(part(one) > 0.9, "{}", part(one));
        assert!((part(hundred) - HOSTS_DIFFER).abs() < 0.001, "{}", part(hundred));
        assert_eq!(hundred.spread().middle.as_secs_f64(), 1_750.0);
    }
}
