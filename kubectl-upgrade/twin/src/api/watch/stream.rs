//! The lines of a watch as they come.

use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use futures::stream::unfold;
use tokio::time::{Instant, sleep_until};

use super::{Cut, Watch};
use crate::counter::Changes;
use crate::twin::Twin;

/// How long without a bookmark, where they are asked for.
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);

/// So long before its end a watch gets a last bookmark.
const LAST_BOOKMARK: Duration = Duration::from_secs(2);

struct Live {
    watch: Watch,
    twin: Twin,
    versions: Changes,
    /// When it ends.
    end: Instant,
    /// When a bookmark is due; none before it ends any more.
    bookmark: Option<Instant>,
}

/// The lines of a watch until it ends.
pub(super) fn lines(watch: Watch, twin: &Twin, cut: Cut) -> impl Stream<Item = Bytes> + Send + 'static {
    let now = Instant::now();
    let end = match cut {
        Cut::Never => now + watch.life,
        Cut::After(time) => now + time.min(watch.life),
    };
    let bookmark = next_bookmark(now, end);
    let live = Live { watch, versions: twin.versions(), twin: twin.clone(), end, bookmark };
    unfold(live, |mut live| async move { live.next().await.map(|lines| (lines, live)) })
}

impl Live {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.watch.over || Instant::now() >= self.end {
                return None;
            }
            self.versions.mark_seen();
            let (watch, twin) = (&mut self.watch, &self.twin);
            let news = twin.with(|world| watch.news(world));
            if !news.is_empty() {
                return Some(news);
            }
            if self.watch.over {
                return None;
            }
            let bookmark = self.bookmark.filter(|_| self.watch.bookmarks);
            let wake = bookmark.map_or(self.end, |bookmark| bookmark.min(self.end));
            tokio::select! {
                biased;
                () = self.versions.changed() => {}
                () = sleep_until(wake) => if let Some(line) = self.due_bookmark() { return Some(line) },
            }
        }
    }

    fn due_bookmark(&mut self) -> Option<Bytes> {
        let now = Instant::now();
        if !self.watch.bookmarks || self.bookmark.is_none_or(|due| now < due) {
            return None;
        }
        self.bookmark = next_bookmark(now, self.end);
        Some(self.watch.scope.bookmark(self.watch.since, false).into())
    }
}

fn next_bookmark(now: Instant, end: Instant) -> Option<Instant> {
    let last = end.checked_sub(LAST_BOOKMARK).filter(|last| *last > now)?;
    Some(last.min(now + BOOKMARK_EVERY))
}
