//! What ssh and a login print: the first byte says how much is kept, the rest is one stream after the other.
#![no_main]

use libfuzzer_sys::fuzz_target;
use upgrade_core::ids::NodeName;
use upgrade_ssh::fuzzing::{connecting, unpack};
use upgrade_ssh::{BEGIN, Output, SshError, Target};

fuzz_target!(|input: (u8, &str)| {
    let (keep, text) = (usize::from(input.0), input.1);
    let (stdout, stderr) = text.split_once('\u{1}').unwrap_or((text, text));
    let mut target = Target::new(NodeName::new("cp1"), "10.0.0.11");
    target.user = Some("admin".to_owned());
    told(&connecting(&target, text));
    let raw = Output { status: 3, stdout: stdout.to_owned(), stderr: stderr.to_owned() };
    match unpack(&target, raw, keep) {
        Ok(output) => {
            assert_eq!(output.status, 3);
            assert!(output.stdout.len() <= keep && output.stderr.len() <= keep);
            assert!(stderr.starts_with(&output.stderr));
            assert!(stdout.contains(&format!("{BEGIN}\n{}", output.stdout)));
        }
        Err(error) => {
            assert!(!stdout.contains(&format!("{BEGIN}\n")));
            told(&error);
        }
    }
    // What a script prints after its beginning comes through, whatever a login prints before it.
    if !stdout.contains(BEGIN) {
        let raw = Output { status: 0, stdout: format!("{stdout}\n{BEGIN}\n{stderr}"), stderr: String::new() };
        assert_eq!(unpack(&target, raw, usize::MAX).expect("it began").stdout, stderr);
    }
});

/// Every error names its node, in one line, with something to say and something to do.
fn told(error: &SshError) {
    let text = error.to_string();
    assert!(text.contains("cp1") && !text.contains('\n') && !text.ends_with(' '), "{text:?}");
    assert!(error.hint().is_some_and(|hint| !hint.contains('\n')), "{text:?}");
}
