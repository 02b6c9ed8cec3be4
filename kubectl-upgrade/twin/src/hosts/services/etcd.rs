//! A member's data: a file that says whether it is of the cluster as it is, or was laid by a restore and not yet looked at.

use upgrade_core::component::Component;
use upgrade_core::components::flag;

use super::Program;
use crate::hosts::Files;
use crate::world::World;

/// Where data is in a member's directory.
pub(in crate::hosts) const DATA: &str = "member/snap/db";

/// What data says that a restore has laid, before the version that it was of.
const RESTORED: &str = "restored revision=";

/// What a restore of a snapshot of that version lays.
pub(in crate::hosts) fn restored(revision: u64) -> String {
    format!("{RESTORED}{revision}\n")
}

fn place(arguments: &[String]) -> String {
    format!("{}/{DATA}", flag(arguments, "data-dir").unwrap_or("/var/lib/etcd"))
}

/// Why a member without data does not start: the cluster that its arguments name has been founded long since, and it is only
/// taken in when it says that it knows.
pub(super) fn homeless(program: &Program, arguments: &[String], files: &Files) -> Option<String> {
    let joins = flag(arguments, "initial-cluster-state") == Some("existing");
    let empty = program.component == Component::Etcd && files.text(&place(arguments)).is_none();
    (empty && !joins).then(|| {
        "{\"level\":\"fatal\",\"msg\":\"discovery failed\",\"error\":\"member has already been bootstrapped\"}"
            .to_owned()
    })
}

/// A member came up. One that was restored is alone, and what it has is what there is from now on.
pub(in crate::hosts) fn up(world: &mut World, node: &str) {
    let Some(host) = world.hosts.get_mut(node) else { return };
    let arguments = host.answering(Component::Etcd).unwrap_or_default();
    let place = place(&arguments);
    let laid = host.files.text(&place);
    let revision = laid.as_ref().and_then(|text| text.strip_prefix(RESTORED)?.trim().parse::<u64>().ok());
    if laid.is_none() || revision.is_some() {
        host.files.appear(&place, "(data)\n", 0o600);
    }
    if let Some(revision) = revision {
        world.control_plane.members = std::iter::once(node.to_owned()).collect();
        if let Some(snapshot) = world.snapshots.get(&revision).cloned() {
            world.store.put_back(&snapshot);
        }
    }
    world.control_plane.keep(node, true);
}
