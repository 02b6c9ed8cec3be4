//! What is chosen about a rehearsal.

use std::path::PathBuf;

use clap::Args;

use super::{ChoiceArgs, SandboxArgs};

/// Flags of `rehearse`.
#[derive(Clone, Debug, Args)]
pub(crate) struct RehearseArgs {
    /// Rehearse this saved plan, exactly as it is
    #[arg(long, value_name = "FILE", conflicts_with_all = ChoiceArgs::SHAPING)]
    pub(crate) plan: Option<PathBuf>,
    /// How often, each time with another seed of chance [default: 10, or 2 for a plan of thousands of steps]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub(crate) times: Option<u64>,
    /// What is chosen, when no plan is given.
    #[command(flatten)]
    pub(crate) choices: ChoiceArgs,
    /// On a simulated cluster.
    #[command(flatten)]
    pub(crate) sandbox: SandboxArgs,
}
