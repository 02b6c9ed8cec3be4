//! Cordons that someone else set stay.

use upgrade_twin::Twin;

/// Every cordon without the tool's mark that a client lifted. What a cloud lifts when it gives a node back is its own.
pub(super) fn check(twin: &Twin) -> Vec<String> {
    let cordons = twin.with(|world| world.witness.cordons.clone());
    let lifted = cordons.into_iter().filter(|one| !one.set && one.by.is_none() && one.through_api);
    lifted.map(|one| format!("{} the cordon of {} was someone else's and is lifted", one.at, one.node)).collect()
}
