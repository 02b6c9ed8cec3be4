//! What the API keeps beside the objects: who may ask, and what was asked.

use std::collections::VecDeque;

use http::Method;
use jiff::Timestamp;

use super::authorization::User;
use super::call::Call;
use super::metrics::Counts;
use crate::twin::Twin;

/// How many requests are remembered.
const REMEMBERED: usize = 50_000;

/// Which requests are recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recording {
    /// None.
    Nothing,
    /// Those that ask to change something.
    #[default]
    Changes,
    /// All.
    Everything,
}

/// A request that was answered, or took effect although its answer was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// When, in the twin's time.
    pub at: Timestamp,
    /// Its method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// The body of a request that asks to change something; empty for others.
    pub body: String,
    /// The HTTP status of the answer.
    pub status: u16,
}

/// What the API keeps beside the objects.
#[derive(Debug, Default)]
pub struct State {
    /// Which requests are recorded.
    pub recording: Recording,
    /// The token that clients must show; none to let everyone in.
    pub token: Option<String>,
    /// Users beside the administrator.
    pub users: Vec<User>,
    pub(super) counts: Counts,
    requests: VecDeque<Request>,
}

impl State {
    pub(super) fn record(&mut self, at: Timestamp, call: &Call, status: u16) {
        let wanted = match self.recording {
            Recording::Nothing => false,
            Recording::Changes => call.is_change(),
            Recording::Everything => true,
        };
        if !wanted {
            return;
        }
        if self.requests.len() >= REMEMBERED {
            self.requests.pop_front();
        }
        let body = if call.is_change() { String::from_utf8_lossy(&call.body).into_owned() } else { String::new() };
        self.requests.push_back(Request { at, method: call.method.clone(), path: call.uri.to_string(), body, status });
    }
}

impl Twin {
    /// The recorded requests to the API in the order of their answers, the latest ones where there were very many.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.with(|world| world.api.requests.iter().cloned().collect())
    }
}
