//! The records of a run: what was meant and what came of it.
//!
//! The journal is the truth about what was meant; observation is the truth about what is. Records are appended and
//! never changed. [`fold`] turns them into the state of the run and refuses a sequence that no run could have written.
//! Writing them to disk is the engine's work.

mod fold;
mod record;
mod rules;

pub use fold::{FoldError, RunState, StepState, fold};
pub use record::{Entry, HoldReason, How, OperationRef, Record};

#[cfg(test)]
mod tests;
