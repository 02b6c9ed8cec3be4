//! What the fuzz targets share: stand-ins for the world, and second opinions on what the code under test says.
//!
//! A target holds every answer of a parser against a property that is stated here or in it; none asks the parser itself
//! what is right. Inputs are text or bytes as they come: what they stand for is said at the head of each target.

pub mod api;
pub mod host;
pub mod same;
pub mod shell;

use std::future::Future;

/// Runs a future to its end on this thread.
///
/// # Panics
/// When there is no runtime to be had.
pub fn block_on<F: Future>(future: F) -> F::Output {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}
