//! A served EKS that the plugin works on, and what was begun in it.

use upgrade_tests::clouds::{Served, Setting};
use upgrade_twin::blueprint::Blueprint;
use upgrade_twin::clouds::operations::{Operation, Subject};

use crate::aws;

/// Serves it for the plugin in a process of its own; none where there is no model to hold it to.
pub(crate) fn begin(blueprint: Blueprint) -> Option<Served> {
    Some(Served::with(Setting::beside_the_plugin(), blueprint, aws::model()?))
}

/// The updates of the version of the group that the runs here are about.
pub(crate) fn updates(served: &Served) -> Vec<Operation> {
    let is_update = |one: &&Operation| one.extra.get("type").is_some_and(|found| found == "VersionUpdate");
    let on_group = |one: &&Operation| one.subject == Subject::Pool("main".to_owned());
    served.cloud(|cloud| cloud.now().operations.iter().filter(is_update).filter(on_group).cloned().collect())
}
