//! A simulated GKE on a loopback socket, every request and reply of which is held to the description.

use upgrade_tests::clouds::{Exchange, Judge, Served, Setting, Verdict};
use upgrade_twin::blueprint::{Blueprint, Form, Scenario};
use upgrade_twin::clouds::Managed;

use crate::model::{Asked, Model};

impl Judge for Model {
    fn judge(&self, exchange: &Exchange<'_>) -> Verdict {
        let &Exchange { method, path, query, asked, status, answered, .. } = exchange;
        let asked = Asked { method, path, query, body: asked };
        let mut broken = self.check_request(&asked);
        broken.extend(self.check_reply(&asked, status, answered));
        Verdict { operation: self.name(&asked), broken }
    }
}

/// The named cluster with its cloud changed.
pub(crate) fn with(change: impl FnOnce(&mut Managed)) -> Blueprint {
    let mut blueprint = Scenario::named("gke").unwrap().blueprint();
    let Form::Managed(managed) = &mut blueprint.form else { panic!("the named cluster is managed") };
    change(managed);
    blueprint
}

/// Serves it; none where there is no description to hold it to.
pub(crate) fn begin(blueprint: Blueprint) -> Option<Served> {
    Some(Served::begin(blueprint, Model::fetched()?))
}

/// Serves it for the plugin in a process of its own.
pub(crate) fn beside_the_plugin(blueprint: Blueprint) -> Option<Served> {
    Some(Served::with(Setting::beside_the_plugin(), blueprint, Model::fetched()?))
}
