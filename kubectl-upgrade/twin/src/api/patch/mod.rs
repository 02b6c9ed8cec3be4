//! Patches.

mod lists;
pub(crate) mod strategic;
