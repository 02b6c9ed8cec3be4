//! Everything that is shown. Only this module writes to the standard streams.

mod error;
mod estimate;
#[cfg(test)]
pub(crate) mod fixtures;
pub(crate) mod human;
mod machine;
pub(crate) mod played;
pub(crate) mod progress;
pub(crate) mod standing;
pub(crate) mod story;
mod terminal;
mod text;
mod visible;

pub(crate) use error::failure;
pub(crate) use machine::{Format, machine};
pub(crate) use terminal::Terminal;
