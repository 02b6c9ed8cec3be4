//! What can be typed, and what is refused.

use clap::CommandFactory;
use upgrade_core::plan::{Amount, Strategy};

use super::*;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(std::iter::once("kubectl-upgrade").chain(line.split_whitespace()))
}

fn refusal(line: &str) -> String {
    parse(line).err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn help_and_version_speak_as_kubectl_upgrade() {
    let help = Cli::command().render_long_help().to_string();
    assert!(help.contains("Usage: kubectl upgrade [OPTIONS] <COMMAND>"), "{help}");
    assert!(refusal("plan --help").contains("Usage: kubectl upgrade plan"));
    assert!(parse("--version").is_err_and(|error| error.kind() == clap::error::ErrorKind::DisplayVersion));
}

#[test]
fn kubectls_flags_go_before_and_after_the_command() {
    for line in ["--context prod -s https://a plan", "plan --context prod -s https://a"] {
        let cli = parse(line).unwrap();
        assert_eq!(cli.connection.context.as_deref(), Some("prod"), "{line}");
        assert_eq!(cli.connection.server.as_deref(), Some("https://a"), "{line}");
    }
}

#[test]
fn a_token_is_never_printed() {
    let cli = parse("plan --token secret-token").unwrap();
    assert_eq!(cli.connection.token.as_deref(), Some("secret-token"));
    assert!(!format!("{cli:?}").contains("secret-token"));
}

#[test]
fn choices_become_the_options_of_a_plan() {
    let line = "plan --max-unavailable 25% --exclude gpu-7 --exclude gpu-8 --drain-timeout 1h30m --accept ku0301";
    let Command::Plan(plan) = parse(line).unwrap().command else { panic!("expected plan") };
    let options = plan.choices.options();
    assert_eq!(options.strategy, Strategy::Rolling { max_unavailable: Amount::Percent(25) });
    assert_eq!(options.drain.timeout_s, 5400);
    assert_eq!(options.excluded.len(), 2);
    assert_eq!(options.accepted, [FindingCode::BudgetNever]);
}

#[test]
fn without_flags_the_options_are_the_defaults() {
    let Command::Plan(plan) = parse("plan").unwrap().command else { panic!("expected plan") };
    assert_eq!(plan.choices.options(), upgrade_core::plan::Options::default());
}

#[test]
fn what_makes_no_sense_is_refused_with_what_was_expected() {
    for (line, expected) in [
        ("plan --max-unavailable 0", "expected a count such as 2 or a percentage"),
        ("plan --drain-timeout soon", "expected a time such as 90s, 15m or 1h30m"),
        ("plan --drain-timeout 1m30", "expected a time"),
        ("plan --accept KU9999", "expected a finding's code"),
        ("plan --all-at-once --max-unavailable 2", "cannot be used with"),
        ("plan --hosts f --no-hosts", "cannot be used with"),
        ("plan -o xml", "possible values: human, json, yaml"),
        ("status --step 0", "expected the number of a step"),
        ("upgrade", "unrecognized subcommand"),
    ] {
        assert!(refusal(line).contains(expected), "{line}: {}", refusal(line));
    }
}

#[test]
fn a_saved_plan_takes_no_flag_that_would_reshape_it() {
    for flag in ["--to 1.36", "--max-unavailable 2", "--exclude a", "--accept KU0301", "--patches /p", "--no-hosts"] {
        assert!(refusal(&format!("run --plan p.json {flag}")).contains("cannot be used with"), "{flag}");
    }
    assert!(parse("run --plan p.json --hosts h --yes --takeover --details").is_ok());
}
