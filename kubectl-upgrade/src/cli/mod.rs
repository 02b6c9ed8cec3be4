//! The command line.
//!
//! Only what can be typed and how it is called. What it comes to is [`crate::settings`]' matter.

mod choices;
mod cloud;
mod connection;
mod rehearse;
mod sandbox;
mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use upgrade_core::finding::FindingCode;
use upgrade_core::ids::{RunId, StepId};

pub(crate) use choices::{ChoiceArgs, HostArgs, Provider};
pub(crate) use cloud::CloudNameArgs;
pub(crate) use connection::ConnectionArgs;
pub(crate) use rehearse::RehearseArgs;
pub(crate) use sandbox::{SandboxArgs, SandboxCommand, SpeedArgs, UpArgs};

use crate::report::Format;

/// Plans and runs Kubernetes cluster upgrades.
///
/// `plan` looks and changes nothing. `run` does exactly what a plan shows, looks again before every step, and keeps a
/// journal that `resume` goes on from after any interruption.
#[derive(Debug, Parser)]
#[command(name = "kubectl-upgrade", bin_name = "kubectl upgrade", version, max_term_width = 100)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Which cluster.
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    /// How to show it.
    #[command(flatten)]
    pub(crate) show: ShowArgs,
}

/// Flags about what is shown and kept.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct ShowArgs {
    /// Text for people, or JSON or YAML for machines
    #[arg(short, long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: Format,
    /// Colour; NO_COLOR turns it off too
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Colour,
    /// Say what is being looked at
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Where runs keep their journals [default: $XDG_STATE_HOME/kubectl-upgrade]
    #[arg(long, global = true, env = "KUBECTL_UPGRADE_STATE_DIR", hide_env = true, value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show where the cluster stands, what is in the way, and every step to the target; change nothing
    Plan(PlanArgs),
    /// Play the plan on a simulated copy of the cluster, and say what is to be expected; change nothing
    Rehearse(RehearseArgs),
    /// Run a plan: gate, journal and observe every step
    Run(RunArgs),
    /// Show a run, live or after the fact, from its journal alone
    Status(StatusArgs),
    /// Go on with a run that was held, interrupted or killed
    Resume(ResumeArgs),
    /// Take back what a run did, as far as it can be: as a plan of its own
    Rollback(RollbackArgs),
    /// Show every component's version, what the skew policy allows now, and days of support left
    Versions(VersionsArgs),
    /// Find out which component of a hand-built cluster runs where, and write it down to be reviewed
    Inventory(InventoryArgs),
    /// Play with simulated clusters: no cluster, no root, no network
    #[command(subcommand)]
    Sandbox(SandboxCommand),
    /// Print a completion script for a shell
    Completion {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Flags of `plan`.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// Save the plan to a file for `run --plan`
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Show every step of every node, with its exact command lines
    #[arg(long, visible_alias = "commands")]
    pub(crate) details: bool,
    /// What is chosen.
    #[command(flatten)]
    pub(crate) choices: ChoiceArgs,
    /// On a simulated cluster.
    #[command(flatten)]
    pub(crate) sandbox: SandboxArgs,
}

/// Flags of `run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Run this saved plan, exactly as it is
    #[arg(long, value_name = "FILE", conflicts_with_all = ChoiceArgs::SHAPING)]
    pub(crate) plan: Option<PathBuf>,
    /// Show every step of every node, with its exact command lines
    #[arg(long, visible_alias = "commands")]
    pub(crate) details: bool,
    /// Do not ask; needed where there is no terminal
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Hear by this file, instead of by Enter, that a step by hand is done: it is taken away again each time
    #[arg(long, value_name = "FILE")]
    pub(crate) wait_file: Option<PathBuf>,
    /// Take over a lock that another run left behind
    #[arg(long)]
    pub(crate) takeover: bool,
    /// What is chosen, when no plan is given.
    #[command(flatten)]
    pub(crate) choices: ChoiceArgs,
    /// On a simulated cluster.
    #[command(flatten)]
    pub(crate) sandbox: SandboxArgs,
    /// How fast.
    #[command(flatten)]
    pub(crate) speed: SpeedArgs,
}

/// Flags of `resume`.
#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// Which run [default: the last one]
    #[arg(long, value_name = "ID", value_parser = values::run)]
    pub(crate) run: Option<RunId>,
    /// Accept a blocker by its code from here on; repeat for more
    #[arg(long, value_name = "KUxxxx", value_parser = values::code)]
    pub(crate) accept: Vec<FindingCode>,
    /// Do not ask; needed where there is no terminal
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Hear by this file, instead of by Enter, that a step by hand is done: it is taken away again each time
    #[arg(long, value_name = "FILE")]
    pub(crate) wait_file: Option<PathBuf>,
    /// Take over a lock that another run left behind
    #[arg(long)]
    pub(crate) takeover: bool,
}

/// Flags of `rollback`.
#[derive(Debug, Args)]
pub(crate) struct RollbackArgs {
    /// Which run is taken back [default: the last one]
    #[arg(long, value_name = "ID", value_parser = values::run)]
    pub(crate) run: Option<RunId>,
    /// Put etcd back to the snapshot from before the hop, too: everything written since is lost
    #[arg(long)]
    pub(crate) restore_etcd: bool,
    /// Show every step, with the calls and command lines it comes down to
    #[arg(long, visible_alias = "commands")]
    pub(crate) details: bool,
    /// Do not ask; needed where there is no terminal
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Take over a lock that another run left behind
    #[arg(long)]
    pub(crate) takeover: bool,
}

/// Flags of `status`.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Which run [default: the last one]
    #[arg(long, value_name = "ID", value_parser = values::run)]
    pub(crate) run: Option<RunId>,
    /// Everything the journal has of one step
    #[arg(long, value_name = "N", value_parser = values::step)]
    pub(crate) step: Option<StepId>,
    /// Show it again every two seconds until the run ends
    #[arg(short, long, conflicts_with = "step")]
    pub(crate) watch: bool,
}

/// Flags of `versions`.
#[derive(Debug, Args)]
pub(crate) struct VersionsArgs {
    /// How hosts are reached.
    #[command(flatten)]
    pub(crate) hosts: HostArgs,
    /// On a simulated cluster.
    #[command(flatten)]
    pub(crate) sandbox: SandboxArgs,
}

/// Flags of `inventory`.
#[derive(Debug, Args)]
pub(crate) struct InventoryArgs {
    /// Write it to a new file instead of showing it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// The kind of cluster, when what was found is not it
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) provider: Option<Provider>,
    /// How hosts are reached.
    #[command(flatten)]
    pub(crate) hosts: HostArgs,
    /// On a simulated cluster.
    #[command(flatten)]
    pub(crate) sandbox: SandboxArgs,
}

impl Command {
    /// Whether it plays in a simulated cluster's time.
    pub(crate) const fn is_simulated(&self) -> bool {
        match self {
            Self::Plan(arguments) => arguments.sandbox.sandbox.is_some(),
            Self::Rehearse(arguments) => arguments.sandbox.sandbox.is_some(),
            Self::Run(arguments) => arguments.sandbox.sandbox.is_some(),
            Self::Versions(arguments) => arguments.sandbox.sandbox.is_some(),
            Self::Inventory(arguments) => arguments.sandbox.sandbox.is_some(),
            Self::Sandbox(command) => matches!(command, SandboxCommand::Up(_)),
            Self::Status(_) | Self::Resume(_) | Self::Rollback(_) | Self::Completion { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests;
