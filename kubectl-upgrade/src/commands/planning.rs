//! From a look to a plan, the same way for `plan` and for `run`.

use upgrade_core::detect::{ClusterKind, Ownership};
use upgrade_core::path::PathError;
use upgrade_core::plan::{PlanFile, ProviderKind};
use upgrade_core::planner::{self, PlanError, Request};
use upgrade_core::target::Target;

use super::assess;
use super::door::Door;
use super::look::{Glance, Look, look};
use crate::cli::ChoiceArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::human::{self, ForeignView, PlanView, foreign_owner, plan};
use crate::settings::Settings;

/// The version of the tool.
pub(crate) const TOOL: &str = env!("CARGO_PKG_VERSION");

/// What planning came to.
pub(crate) enum Planned {
    /// A plan, and the look it was made from.
    Plan(Box<(PlanFile, Look)>),
    /// Nothing is to be done.
    Nothing(String),
    /// Another tool owns the upgrade; said so already.
    Foreign,
}

/// Looks and plans.
pub(crate) async fn make(choices: &ChoiceArgs, door: &Door<'_>, settings: &Settings) -> Result<Planned, Failure> {
    let target = target(choices)?;
    let given = choices.provider.map(ProviderKind::from);
    let glance = Glance { door, provider: given, ask_hosts: !choices.hosts.no_hosts, pods: true };
    let look = look(glance, settings).await?;
    let Some(provider) = given.or_else(|| look.detection.provider()) else {
        refuse(&look, settings);
        return Ok(Planned::Foreign);
    };
    let components = crate::registry::components(&look.way, door.reach)?;
    let request = Request {
        target,
        options: choices.options(),
        provider,
        today: assess::day(look.inventory.observed_at),
        tool: TOOL,
        facts: &look.facts,
        kubectl: look.kubectl.as_ref(),
        components: components.as_ref(),
        parent: None,
    };
    let plan = match planner::plan(&look.inventory, &request) {
        Ok(plan) => plan,
        Err(nothing @ PlanError::NothingToDo { .. }) => return Ok(Planned::Nothing(nothing.to_string())),
        Err(error) => {
            if matches!(error, PlanError::CloudUnknown { .. } | PlanError::NoComponents) {
                settings.terminal.note(&human::versions(&look.standing(), settings.terminal.columns()));
            }
            return Err(plan_failure(error));
        }
    };
    Ok(Planned::Plan(Box::new((PlanFile::seal(plan), look))))
}

fn target(choices: &ChoiceArgs) -> Result<Target, Failure> {
    match &choices.to {
        None => Ok(Target::default()),
        Some(text) => text.parse().map_err(|error| {
            Failure::because(Exit::Usage, "failed to read --to", error).hint("kubectl upgrade versions")
        }),
    }
}

/// Names the owner and leaves the cluster to it.
fn refuse(look: &Look, settings: &Settings) {
    let ClusterKind::Foreign(owner) = look.detection.kind else { return };
    let ownership = Ownership::of(owner);
    let standing = look.standing();
    let view = ForeignView { standing: &standing, owner: ownership.name, why: ownership.why, how: ownership.how };
    settings.terminal.note(&foreign_owner(&view, settings.terminal.columns()));
}

pub(super) fn plan_failure(error: PlanError) -> Failure {
    let (exit, hint) = match &error {
        PlanError::NoApiServer | PlanError::NoControlPlane => {
            (Exit::Failed, Some("see what could not be seen: kubectl upgrade versions".to_owned()))
        }
        PlanError::Path(path) => (path_exit(path), Some(path.hint())),
        PlanError::CloudDoesNotOffer { recovery: Some(to), error, .. } => {
            let hint = format!(
                "it is outside of what its cloud supports, which takes it to {to} in one hop with all its pools, and with no \
                 promise: add --skip-minors"
            );
            (path_exit(error), Some(hint))
        }
        PlanError::CloudDoesNotOffer { recovery: None, offers, error, .. } => {
            let newest: Vec<String> = offers.iter().map(ToString::to_string).collect();
            let hint = match newest.last() {
                Some(last) => format!("try --to {last}; it offers {}", newest.join(", ")),
                None => "there is nothing newer to go to: kubectl upgrade versions".to_owned(),
            };
            (path_exit(error), Some(hint))
        }
        // `make` takes it for an answer before it comes here.
        PlanError::NothingToDo { .. } => (Exit::Done, None),
        PlanError::NotMadeByKubeadm => (Exit::Usage, Some("leave --provider away: kubectl upgrade plan".to_owned())),
        PlanError::KubeletTooNew { .. } => (Exit::Blocked, Some("choose a newer target: --to VERSION".to_owned())),
        PlanError::ExcludedTooOld { node, .. } => {
            (Exit::Blocked, Some(format!("upgrade {node} too: leave it out of --exclude")))
        }
        PlanError::HalfDone { found, .. } => {
            (Exit::Blocked, Some(format!("finish it first: kubectl upgrade plan --to {found}")))
        }
        PlanError::KubeProxyTooOld { .. } => {
            let hint = "bring it up to the control plane first: kubectl -n kube-system edit daemonset kube-proxy";
            (Exit::Blocked, Some(hint.to_owned()))
        }
        PlanError::CloudUnknown { hint, .. } => (Exit::Failed, hint.clone()),
        PlanError::WholeClusterOnly { setting } => (Exit::Usage, Some(format!("leave {setting} away"))),
        PlanError::NoLaunchTemplate { .. } => (Exit::Usage, Some("leave --launch-template away".to_owned())),
        PlanError::NoSuchSetting { setting, .. } => (Exit::Usage, Some(format!("leave {setting} away"))),
        PlanError::UnknownPool { .. } => (Exit::Usage, Some("name one of these: --pool POOL".to_owned())),
        PlanError::NoPools { .. } => (Exit::Usage, Some("leave --new-pools away".to_owned())),
        PlanError::PoolTooNew { .. } => (Exit::Blocked, Some("choose a newer target: --to VERSION".to_owned())),
        PlanError::PoolTooOld { pool, .. } => (Exit::Blocked, Some(format!("upgrade it too: --pool {pool}"))),
        PlanError::NoComponents => (
            Exit::Usage,
            Some("write one, review it and give it: kubectl upgrade inventory --out components.yaml".to_owned()),
        ),
        PlanError::ComponentMissing { .. } | PlanError::ComponentUnknown { .. } => {
            (Exit::Blocked, Some("correct the components file, or look anew: kubectl upgrade inventory".to_owned()))
        }
        PlanError::ComponentDown { host, runs, .. } => {
            (Exit::Blocked, Some(format!("see why on {host}, and start it first: it is {runs}")))
        }
        PlanError::NodeNotListed { node } => {
            (Exit::Usage, Some(format!("add its host to the components file, or leave it alone: --exclude {node}")))
        }
        PlanError::CoreDns { .. } => {
            let hint = "correct it, or leave it to a person: `coredns: manual` in the components file";
            (Exit::Blocked, Some(hint.to_owned()))
        }
        PlanError::EtcdBack { .. } | PlanError::EtcdSkips { .. } | PlanError::EtcdTooOld { .. } => {
            (Exit::Blocked, Some("change the members' `to:` in the components file".to_owned()))
        }
        PlanError::UnknownNode { .. } => (Exit::Usage, Some("list them: kubectl get nodes".to_owned())),
        PlanError::NothingToTakeBack => (Exit::Done, None),
        PlanError::NoEtcdRestore { .. } => (Exit::Usage, Some("leave --restore-etcd away".to_owned())),
        PlanError::NoSnapshot => {
            (Exit::Usage, Some("take the components alone back: kubectl upgrade rollback".to_owned()))
        }
        PlanError::EtcdByHand { .. } => {
            let hint = "take the components back first, kubectl upgrade rollback, then restore the snapshot by hand";
            (Exit::Blocked, Some(hint.to_owned()))
        }
        PlanError::NoWayBack { .. } => {
            (Exit::Usage, Some("see how each step is undone: kubectl upgrade status --step N".to_owned()))
        }
        PlanError::Lint { .. } => (Exit::Failed, None),
    };
    Failure::new(exit, error).maybe_hint(hint)
}

/// A target that makes no sense is a mistake in what was typed; one that is out of reach stands in the way.
const fn path_exit(error: &PathError) -> Exit {
    match error {
        PathError::Downgrade { .. } | PathError::OtherMajor { .. } | PathError::UnknownMinor { .. } => Exit::Usage,
        PathError::NotOffered { .. }
        | PathError::NothingOffered { .. }
        | PathError::PreReleasesOnly { .. }
        | PathError::CalendarBehind { .. }
        | PathError::NothingSupported { .. }
        | PathError::NoneReachable { .. } => Exit::Blocked,
    }
}

/// The plan as text.
pub(crate) fn shown(
    file: &PlanFile,
    look: &Look,
    details: bool,
    next: &[(String, String)],
    settings: &Settings,
) -> String {
    let today = assess::day(look.inventory.observed_at);
    let view = PlanView {
        plan: &file.plan,
        digest: &file.digest,
        standing: &look.standing(),
        target: &assess::supported(&file.plan.target, today, &look.facts),
        details,
        next,
    };
    plan(&view, settings.terminal.columns())
}
