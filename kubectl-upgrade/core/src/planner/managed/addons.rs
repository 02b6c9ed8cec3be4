//! The add-ons that a cloud manages and does not move by itself.

use super::draft::Draft;
use crate::inventory::Addon;
use crate::plan::{CloudAction, CloudCondition, Lane, Reversal, Stage, StageKind, Step, Subject};
use crate::version::Version;

/// The add-ons that do not go with the version yet, each to the one the cloud prefers.
pub(super) fn stage(draft: &mut Draft<'_>, to: &Version) -> Option<Stage> {
    let cloud = draft.cloud;
    let lanes: Vec<Lane> = cloud.addons.iter().filter_map(|addon| lane(draft, addon, to)).collect();
    (!lanes.is_empty()).then_some(Stage { kind: StageKind::Addons, hop: None, at_once: 1, lanes })
}

fn lane(draft: &mut Draft<'_>, addon: &Addon, to: &Version) -> Option<Lane> {
    let fitting = addon.compatible.get(&to.minor())?;
    let at = draft.addon(&addon.name)?.to_owned();
    let wanted = fitting.first().filter(|_| !fitting.contains(&at))?;
    let step = upgrade(draft, addon, &at, wanted);
    draft.set_addon(&addon.name, wanted);
    Some(Lane { subject: Subject::Addon(addon.name.clone()), steps: vec![step] })
}

fn upgrade(draft: &mut Draft<'_>, addon: &Addon, from: &str, to: &str) -> Step {
    let action = CloudAction::UpgradeAddon {
        addon: addon.name.clone(),
        from: from.to_owned(),
        to: to.to_owned(),
        conflicts: draft.options.cloud.conflicts,
    };
    let at = |version: &str| CloudCondition::AddonAt { addon: addon.name.clone(), version: version.to_owned() };
    let step = draft.step(action, vec![CloudCondition::Ready], vec![at(to)]);
    Step { reversal: Reversal::Inverse(format!("the add-on back to {from}")), ..step }
}
