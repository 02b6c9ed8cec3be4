//! Whether EKS moves the control plane to a version. Sources: the API model of 2017-11-01 (`UpdateClusterVersion`,
//! `RollbackConfig`), and the user guide's chapters on updates and on rollbacks.

use jiff::SignedDuration;
use upgrade_core::version::Minor;

use super::fault::{Code, Fault};
use super::insights::{self, Readiness};
use super::nodegroups;
use crate::clouds::of;
use crate::world::World;

/// For so long after an upgrade one can go back.
pub(super) const WAY_BACK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A way the control plane may move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    Up,
    Back,
}

impl Move {
    /// The type of its update.
    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::Up => "VersionUpdate",
            Self::Back => "VersionRollback",
        }
    }
}

/// Which way a move to that version is, if it is allowed. With force, what insights found does not stand in the way.
pub(super) fn judge(world: &World, to: Minor, force: bool) -> Result<Move, Fault> {
    let from = of(world)?.now().control_plane.version.minor();
    let move_ = match to.ahead_of(from) {
        1 => up(world, from)?,
        -1 => back(world, from, to)?,
        _ => {
            let message = format!("Unsupported Kubernetes minor version update from {from} to {to}");
            return Err(Fault::new(Code::InvalidParameter, message));
        }
    };
    let readiness = match move_ {
        Move::Up => Readiness::Upgrade,
        Move::Back => Readiness::Rollback,
    };
    let standing: Vec<String> = insights::errors(world, readiness)?;
    if force || standing.is_empty() {
        return Ok(move_);
    }
    let message = format!(
        "Cannot update because of insights with status ERROR: {}. Resolve them, or use force to override.",
        standing.join(", ")
    );
    Err(Fault::new(Code::InvalidRequest, message))
}

fn up(world: &World, from: Minor) -> Result<Move, Fault> {
    let cloud = of(world)?;
    let strict = cloud.now().extra.get("strict").and_then(serde_json::Value::as_bool).unwrap_or(false);
    let behind = cloud.now().pools.values().find(|pool| nodegroups::version(cloud.now(), pool).0.minor() != from);
    match behind.filter(|_| strict) {
        None => Ok(Move::Up),
        Some(pool) => {
            let name = &pool.spec.name;
            let message = format!(
                "Nodegroup {name} must be updated to match cluster version {from} before updating cluster version"
            );
            Err(Fault::new(Code::InvalidRequest, message))
        }
    }
}

fn back(world: &World, from: Minor, to: Minor) -> Result<Move, Fault> {
    let refused = |message: String| Err(Fault::new(Code::InvalidRequest, message));
    match &of(world)?.now().control_plane.previous {
        Some((version, at)) if version.minor() == to => {
            if world.now().duration_since(*at) > WAY_BACK {
                return refused(format!(
                    "The cluster was upgraded to {from} more than 7 days ago and cannot be rolled back"
                ));
            }
            Ok(Move::Back)
        }
        Some(_) | None => {
            refused(format!("The cluster was not upgraded from {to} to {from} and cannot be rolled back"))
        }
    }
}
