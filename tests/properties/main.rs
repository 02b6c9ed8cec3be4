//! Properties of planner, linter and gate over generated clusters.
//!
//! [`shape`] says what a generated cluster looks like, [`build`] makes an inventory of it, [`world`] is a small model
//! that carries a plan out step by step, [`upgrade_tests::policy`] states the rules a second time from the published
//! policy, and [`oracle`] holds every state of the model against them. None of these asks the code under test what is
//! right.

mod build;
mod gate;
mod oracle;
mod plans;
mod saved;
mod shape;
mod world;

use proptest::test_runner::Config;

/// So many cases, found again by the same seed, and no files of failures left behind.
fn cases(count: u32) -> Config {
    Config { cases: count, failure_persistence: None, max_shrink_iters: 4096, ..Config::default() }
}
