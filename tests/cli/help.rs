//! Help and usage, which are part of the interface.

use crate::session::Session;

#[test]
fn help_says_kubectl_upgrade() {
    let session = Session::at("http://127.0.0.1:9");
    for command in ["", "plan", "rehearse", "run", "status", "resume", "versions", "sandbox", "sandbox up"] {
        let transcript = session.run(&format!("{command} --help"));
        assert_eq!((transcript.code, transcript.stderr.as_str()), (0, ""));
        assert!(
            transcript.stdout.contains(format!("Usage: kubectl upgrade {command}").trim_end()),
            "{}",
            transcript.stdout
        );
        insta::assert_snapshot!(format!("help_{}", command.replace(' ', "_")), transcript.stdout);
    }
}

#[test]
fn an_unknown_flag_is_usage() {
    let transcript = Session::at("http://127.0.0.1:9").run("plan --frobnicate");
    assert_eq!(transcript.code, 2);
    insta::assert_snapshot!("unknown_flag", transcript.to_string());
}
