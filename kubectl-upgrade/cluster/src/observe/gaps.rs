//! How a failure becomes a gap.

use upgrade_core::component::Component;
use upgrade_core::inventory::{Gap, GapSubject, Instance, Place};

use crate::failure::Failure;

/// What was read, and what could not be.
#[derive(Default)]
pub(super) struct Found {
    pub(super) instances: Vec<Instance>,
    pub(super) gaps: Vec<Gap>,
}

impl Found {
    /// A version that could not be seen.
    pub(super) fn unseen(&mut self, component: Component, place: Option<Place>, why: impl Into<String>) {
        self.gaps.push(Gap { subject: GapSubject::Component(component, place), why: why.into(), hint: None });
    }

    pub(super) fn join(&mut self, other: Self) {
        self.instances.extend(other.instances);
        self.gaps.extend(other.gaps);
    }
}

/// The gap a failed request leaves; `what` continues "you may not …".
pub(super) fn gap(subject: GapSubject, failure: &Failure, what: &str) -> Gap {
    Gap { subject, why: failure.message(what), hint: failure.hint() }
}
