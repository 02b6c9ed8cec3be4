//! A simulated cluster in place of a real one, or beside it.

use clap::{Args, Subcommand};
use upgrade_rehearsal::{Factor, Speed};

/// A simulated cluster in this process.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Sandbox")]
pub(crate) struct SandboxArgs {
    /// Play on a simulated cluster instead of a real one; kubectl upgrade sandbox list names them [default: kubeadm]
    #[arg(long, value_name = "SCENARIO", num_args = 0..=1, require_equals = true, default_missing_value = "kubeadm")]
    pub(crate) sandbox: Option<String>,
    /// The seed of chance in the sandbox: the same one tells the same story
    #[arg(long, value_name = "N", requires = "sandbox", default_value_t = 1)]
    pub(crate) seed: u64,
}

impl SandboxArgs {
    /// How they are typed; empty without a sandbox.
    pub(crate) fn typed(&self) -> String {
        let Some(scenario) = &self.sandbox else { return String::new() };
        let seed = if self.seed == 1 { String::new() } else { format!(" --seed {}", self.seed) };
        format!(" --sandbox={scenario}{seed}")
    }
}

/// How fast its time runs.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Sandbox")]
pub(crate) struct SpeedArgs {
    /// How fast the sandbox's time runs, or max for no waiting at all
    #[arg(long, value_name = "N|max", requires = "sandbox", default_value = "30")]
    pub(crate) speed: Speed,
}

/// What can be done with a sandbox that is a process of its own.
#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Keep a simulated cluster running for kubectl and kubectl upgrade in other terminals, until Ctrl-C
    ///
    /// Writes a kubeconfig for it, to --kubeconfig FILE where that is given, and takes it away at the end.
    Up(UpArgs),
    /// List the clusters that can be simulated
    List,
}

/// Flags of `sandbox up`.
#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    /// Which cluster; kubectl upgrade sandbox list names them
    #[arg(value_name = "SCENARIO", default_value = "kubeadm")]
    pub(crate) scenario: String,
    /// How fast its time runs
    #[arg(long, value_name = "N", default_value = "10", value_parser = factor)]
    pub(crate) speed: Factor,
    /// The port on this machine [default: any that is free]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,
    /// The seed of chance in it
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
}

/// The fastest that a cluster's time runs beside a socket. What looks at it from another process takes its own time: at
/// more, a node that was alive when it was looked at would be dead by the time that is understood.
const FASTEST: f64 = 60.0;

fn factor(text: &str) -> Result<Factor, String> {
    match text.parse() {
        Ok(Speed::Times(factor)) if factor.times() <= FASTEST => Ok(factor),
        Ok(Speed::Times(_) | Speed::Max) | Err(_) => Err(format!("expected a number above 0 and at most {FASTEST}")),
    }
}
