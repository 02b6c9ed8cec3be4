//! The simulated API server: HTTP requests in, HTTP answers out, over the objects of the store.
//!
//! One answer function serves both ways in: [`ApiService`] for clients in the same process, [`serve`] for clients on a
//! loopback socket. Each server serves what its minor really serves; what that is, is data ([`catalogue`]). Reads put
//! answers together from the text the store keeps; only changes are parsed. Objects are kept once whatever version of
//! their kind is asked for, and nothing is converted between versions.

mod accept;
mod answer;
mod apply;
mod authorization;
mod body;
mod call;
pub mod catalogue;
pub(crate) mod defaults;
mod discovery;
mod flagz;
mod form;
mod health;
mod lifecycle;
mod listener;
mod metrics;
mod openapi;
mod patch;
mod protobuf;
mod read;
mod record;
mod refusal;
mod reply;
mod route;
mod selector;
mod server;
mod service;
mod statusz;
mod storage;
mod sub;
mod table;
mod target;
#[cfg(test)]
mod tests;
mod validate;
mod watch;
mod write;
mod zpages;

pub use authorization::{Rule, User};
pub use body::ApiBody;
pub(crate) use call::{Call, decoded, pairs};
pub use listener::serve;
pub use record::{Recording, Request, State};
pub use service::ApiService;
pub(crate) use service::read as read_call;
pub(crate) use sub::evict;
