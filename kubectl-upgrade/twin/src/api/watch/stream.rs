//! The lines of a watch as they come.

use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use futures::stream::unfold;
use tokio::sync::watch::Receiver;
use tokio::time::{Instant, sleep_until};

use super::{Cut, Watch};
use crate::twin::Twin;

/// How long without a bookmark, where they are asked for.
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);

struct Live {
    watch: Watch,
    twin: Twin,
    versions: Receiver<u64>,
    /// When it ends.
    end: Instant,
    /// When a bookmark is due.
    bookmark: Instant,
}

/// The lines of a watch until it ends.
pub(super) fn lines(watch: Watch, twin: &Twin, cut: Cut) -> impl Stream<Item = Bytes> + Send + 'static {
    let now = Instant::now();
    let end = match cut {
        Cut::Never => now + watch.life,
        Cut::After(time) => now + time.min(watch.life),
    };
    let live = Live { watch, versions: twin.versions(), twin: twin.clone(), end, bookmark: now + BOOKMARK_EVERY };
    unfold(live, |mut live| async move { live.next().await.map(|lines| (lines, live)) })
}

impl Live {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.watch.over || Instant::now() >= self.end {
                return None;
            }
            self.versions.mark_unchanged();
            let (watch, twin) = (&mut self.watch, &self.twin);
            let news = twin.with(|world| watch.news(world));
            if !news.is_empty() {
                return Some(news);
            }
            if self.watch.over {
                return None;
            }
            let wake = if self.watch.bookmarks { self.bookmark.min(self.end) } else { self.end };
            tokio::select! {
                biased;
                changed = self.versions.changed() => changed.ok()?,
                () = sleep_until(wake) => if let Some(line) = self.due_bookmark() { return Some(line) },
            }
        }
    }

    fn due_bookmark(&mut self) -> Option<Bytes> {
        let now = Instant::now();
        if !self.watch.bookmarks || now < self.bookmark {
            return None;
        }
        self.bookmark = now + BOOKMARK_EVERY;
        Some(self.watch.scope.bookmark(self.watch.since, false).into())
    }
}
