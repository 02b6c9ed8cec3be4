//! What must hold at every instant of a story, and in its end.
//!
//! Judged from what really changed in the cluster, not from what the tool says: the changes of the store, the requests
//! its API got, and the commands its hosts ran. [`crate::proof`] breaks each of them on purpose.

mod budgets;
mod calls;
mod cordons;
mod effects;
mod ending;
mod order;
mod path;
mod picture;
mod pools;
mod room;
mod spy;
mod units;
mod windows;

use upgrade_core::journal::Record;
use upgrade_core::plan::Plan;
use upgrade_twin::Twin;

use crate::case::Case;
use crate::told::End;
pub(crate) use effects::{log, untouched};
pub(crate) use ending::left;
pub(crate) use spy::Spy;

/// Every promise that the story broke.
pub(crate) fn broken(twin: &Twin, spy: &Spy, plan: &Plan, case: &Case, records: &[Record], end: &End) -> Vec<String> {
    let windows = windows::Windows::of(records);
    let mut broken = spy.broken();
    broken.extend(order::bounds(plan, &case.options));
    broken.extend(order::check(plan, records));
    broken.extend(spy.with_places(|places| effects::requests(twin, plan, &windows, places)));
    broken.extend(units::check(twin, plan, &windows, records));
    broken.extend(calls::check(twin, plan, &windows));
    broken.extend(cordons::check(twin));
    broken.extend(path::check(twin, plan, case));
    broken.extend(pools::forced(twin, plan));
    broken.extend(ending::check(twin, plan, case, end));
    broken
}
