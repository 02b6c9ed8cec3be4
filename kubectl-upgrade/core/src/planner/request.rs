//! What a plan is asked for.

use jiff::civil::Date;

use crate::components::Components;
use crate::facts::Facts;
use crate::ids::PlanDigest;
use crate::plan::{Options, ProviderKind};
use crate::target::Target;
use crate::version::Version;

/// Everything a plan depends on besides the inventory.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Where to.
    pub target: Target,
    /// The choices.
    pub options: Options,
    /// Who carries it out.
    pub provider: ProviderKind,
    /// The day support windows are judged on.
    pub today: Date,
    /// The version of the tool that asks.
    pub tool: &'a str,
    /// The tables.
    pub facts: &'a Facts,
    /// The kubectl beside the plugin, if any.
    pub kubectl: Option<&'a Version>,
    /// What runs where, for hand-built clusters.
    pub components: Option<&'a Components>,
    /// The plan this one continues.
    pub parent: Option<PlanDigest>,
}
