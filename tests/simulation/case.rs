//! One simulated upgrade, made of a seed: the cluster, what is wanted, and what goes wrong meanwhile.

use std::time::Duration;

use upgrade_core::plan::Options;
use upgrade_core::target::Target;
use upgrade_twin::Faults;
use upgrade_twin::blueprint::{Blueprint, Form, Machine};
use upgrade_twin::clouds::Cloud;
use upgrade_twin::clouds::faults::CloudFaults;

use crate::breach::Breach;

/// A story to be told.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) seed: u64,
    /// The cluster, without faults: planning is not what is tested for them.
    pub(crate) blueprint: Blueprint,
    pub(crate) target: Target,
    pub(crate) options: Options,
    /// What fails once the run begins.
    pub(crate) faults: Faults,
    /// What goes wrong at its cloud from then on.
    pub(crate) cloud_faults: CloudFaults,
    /// What others do to the cluster, so long after the run began.
    pub(crate) mishaps: Vec<(Duration, Mishap)>,
    /// When the plug is pulled, in order.
    pub(crate) plugs: Vec<Plug>,
    /// Whether every drain can end by itself.
    pub(crate) can_drain: bool,
    /// How long the plug stays out.
    pub(crate) downtime: Duration,
    /// A promise that is broken on purpose.
    pub(crate) breach: Option<Breach>,
}

/// When the plug is pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plug {
    /// After so many records of the journal, counted over the whole story.
    Record(usize),
    /// So long after the tool was last started: in the middle of whatever it does then.
    After(Duration),
}

impl Case {
    /// The same without faults, without other people, and with the plug in.
    pub(crate) fn calm(self) -> Self {
        let (faults, cloud_faults) = (Faults::default(), CloudFaults::default());
        Self { faults, cloud_faults, mishaps: Vec::new(), plugs: Vec::new(), ..self }
    }

    /// Whether faults or other people are part of it.
    pub(crate) fn is_troubled(&self) -> bool {
        let sound = self.faults.api.is_empty() && self.cloud_faults == CloudFaults::default();
        !self.mishaps.is_empty() || !sound || !self.hosts_are_sound()
    }

    /// Whether nothing but the tool takes pods, nodes or API servers away.
    pub(crate) fn is_quiet(&self) -> bool {
        self.mishaps.is_empty() && self.hosts_are_sound()
    }

    /// The cloud that runs the cluster, where one does.
    pub(crate) fn cloud(&self) -> Option<Cloud> {
        match &self.blueprint.form {
            Form::Managed(managed) => Some(managed.place.cloud),
            Form::Kubeadm | Form::HandBuilt(_) => None,
        }
    }

    /// Whether machines come when they are asked for, and rollouts go to their end.
    pub(crate) fn machines_come(&self) -> bool {
        let CloudFaults { machines_left, never_joins, rollout_fails_after, .. } = &self.cloud_faults;
        machines_left.is_none() && never_joins.is_none() && rollout_fails_after.is_none()
    }

    fn hosts_are_sound(&self) -> bool {
        self.faults.host.is_empty() && self.faults.command <= 0.0
    }
}

/// What others do to a cluster while it is upgraded.
#[derive(Clone, Debug)]
pub(crate) enum Mishap {
    /// A person cordons a node.
    Cordon(String),
    /// An autoscaler adds a node.
    Join(Box<Machine>),
    /// An autoscaler takes a node away.
    Leave(String),
    /// A host loses its power for a while.
    PowerCut(String, Duration),
    /// Nothing reaches any API server for a while.
    ApiAway(Duration),
    /// A person scales a workload down to nothing and back.
    Restart(String),
    /// A person cordons the node that is so many behind the first.
    CordonOne(usize),
    /// An autoscaler makes a pool larger or smaller.
    Scale(String, i32),
    /// A person has the cloud take a pool to the control plane's version.
    ForeignUpgrade(String),
    /// A person cancels what the cloud does, whoever began it.
    Cancel,
}
