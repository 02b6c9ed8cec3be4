//! What a stacked etcd demands of the path: it moves one minor at a time, from a late enough patch.

use super::{EtcdCare, PathNote, PathRequest, choose, order};
use crate::version::{Minor, Version};

/// The oldest etcd that runs at the current point of the path; none when etcd is not ours or nothing is known.
pub(super) struct Walk {
    etcd: Option<Version>,
}

impl Walk {
    pub(super) fn start(request: &PathRequest<'_>) -> Self {
        let etcd = match &request.etcd {
            EtcdCare::Stacked(Some(running)) => Some(running.clone()),
            EtcdCare::Stacked(None) => request.facts.etcd_of(request.from).cloned(),
            EtcdCare::Separate => None,
        };
        Self { etcd }
    }

    /// The patch of the running minor to go to first, because etcd is too old for what `to` brings. Also taken when etcd
    /// is only older than advised, provided that the patch is known to bring a newer one.
    pub(super) fn patch_first(&self, request: &PathRequest<'_>, at: &Version, to: &Version) -> Option<Version> {
        let (running, wanted) = self.moves(request, to)?;
        let rule = request.facts.etcd_rule(running.minor(), wanted.minor())?;
        let patch = choose::newest_offered(request, at.minor()).ok().filter(|patch| order(patch, at).is_gt())?;
        let newer = request.facts.etcd_of(&patch).is_some_and(|etcd| etcd > running);
        let advised = rule.advised.as_ref().is_some_and(|advised| running < advised);
        (*running < rule.required || (advised && newer)).then_some(patch)
    }

    /// What is to be said before the hop to `to`.
    pub(super) fn notes_before(&self, request: &PathRequest<'_>, to: &Version) -> Option<PathNote> {
        let (running, wanted) = self.moves(request, to)?;
        let (before, expected) = (to.minor(), running.clone());
        if wanted.minor().ahead_of(running.minor()) > 1 {
            return Some(PathNote::EtcdSkipsMinor { before, expected, wanted: wanted.clone() });
        }
        let rule = request.facts.etcd_rule(running.minor(), wanted.minor())?;
        if *running < rule.required {
            return Some(PathNote::EtcdTooOld { before, expected, required: rule.required.clone() });
        }
        let advised = rule.advised.clone().filter(|advised| running < advised)?;
        Some(PathNote::EtcdOlderThanAdvised { before, expected, advised })
    }

    /// Moves on to a version. etcd is never taken back.
    pub(super) fn reach(&mut self, request: &PathRequest<'_>, to: &Version) {
        self.etcd = self
            .etcd
            .take()
            .map(|running| request.facts.etcd_of(to).cloned().map_or(running.clone(), |new| new.max(running)));
    }

    /// The etcd that runs and the one `to` brings, when that is of a newer minor.
    fn moves<'a>(&'a self, request: &'a PathRequest<'_>, to: &Version) -> Option<(&'a Version, &'a Version)> {
        let running = self.etcd.as_ref()?;
        let wanted = request.facts.etcd_of(to)?;
        let newer = |minor: Minor| wanted.minor() > minor;
        newer(running.minor()).then_some((running, wanted))
    }
}
