//! What a command on a host printed: the first number chooses a state and a secret, the second where in the text the
//! secret stands.
#![no_main]

use libfuzzer_sys::fuzz_target;
use upgrade_fuzz::host;
use upgrade_provider::OperationStatus;

const STATES: [&str; 6] = ["running", "ended 0", "ended 1", "ended -1", "lost", "absent"];

const TOKEN: &str = "q7w2hx.9f8e7d6c5b4a3210";
const KEY: &str = "5c1e0f9d8b7a6c5e4f3d2c1b0a9f8e7d6c5b4a392817065f4e3d2c1b0a9f8e7d";

/// A secret and what it stands in when tools print it.
const SECRETS: [(&str, &str, &str); 16] = [
    (TOKEN, "--token ", " \\"),
    (TOKEN, "token: ", ""),
    (TOKEN, "token:", ","),
    (TOKEN, "token=", ";"),
    (TOKEN, "\"token\":\"", "\"}"),
    (TOKEN, "('", "')"),
    (TOKEN, "/", "/"),
    (TOKEN, "<", ">"),
    (KEY, "--certificate-key ", ""),
    (KEY, "--certificate-key=", " x"),
    (KEY, "  ", "  "),
    ("hunter2hunter2", "https://user:", "@mirror.example/x"),
    ("hunter2hunter2", "http://:", "@mirror.example"),
    ("ZXhhbXBsZSBzZWNyZXQ", "Authorization: Bearer ", ""),
    ("ZXhhbXBsZSBzZWNyZXQ", "--tls-bootstrap-token=", ""),
    ("MIIEowIBAAKCAQEAx", "-----BEGIN RSA PRIVATE KEY-----\n", "\n-----END RSA PRIVATE KEY-----"),
];

fuzz_target!(|input: (u8, u16, &str)| {
    let (choice, at, text) = input;
    let state = STATES[usize::from(choice) % STATES.len()];
    check(state, text);
    let (secret, before, after) = SECRETS[usize::from(choice) / STATES.len() % SECRETS.len()];
    // On lines of their own: what stands before them may be an escape sequence that is not at its end.
    let (head, tail) = text.split_at(text.floor_char_boundary(usize::from(at)));
    // The letters of the secret in another place, within a longer word, are not the secret.
    if check(state, &format!("{head}\n{tail}")).iter().all(|told| !told.contains(secret)) {
        let printed = format!("{head}\n{before}{secret}{after}\n{tail}");
        for told in check(state, &printed) {
            assert!(!told.contains(secret), "{printed:?} tells {told:?}");
        }
    }
});

/// Everything that is told of an operation in that state that printed this.
fn check(state: &str, printed: &str) -> Vec<String> {
    let status = host::poll(&format!("{state}\n{printed}")).expect("a state");
    let (told, output) = match status {
        OperationStatus::Unknown => {
            assert_eq!(state, "absent");
            return Vec::new();
        }
        OperationStatus::Running { text, done: None, total: None, .. } => {
            assert_eq!(state, "running");
            (vec![text], None)
        }
        OperationStatus::Running { .. } => panic!("nobody counts"),
        OperationStatus::Succeeded { output, observed } => {
            assert_eq!(state, "ended 0");
            assert!(observed.iter().all(|found| output.contains(&format!("observed: {found}"))));
            (observed, Some(output))
        }
        OperationStatus::Failed { output, error, hint } => {
            assert!(error.starts_with("expected ") && error.contains("cp1"), "{error:?}");
            (vec![error, hint.expect("what to type")], Some(output))
        }
    };
    let mut told = told;
    assert!(told.iter().all(|text| !text.contains('\n')), "{told:?}");
    if let Some(output) = output {
        cleaned_once(&output);
        told.push(output);
    }
    let shown = |char: char| char == '\n' || char == '\t' || !char.is_control();
    assert!(told.iter().all(|text| text.chars().all(shown)), "{told:?}");
    told
}

/// What is fit for a journal stays as it is. Empty lines at the end, which say nothing, may go.
fn cleaned_once(output: &str) {
    let Ok(OperationStatus::Succeeded { output: again, .. }) = host::poll(&format!("ended 0\n{output}")) else {
        panic!("a state");
    };
    assert_eq!(again.trim_end_matches('\n'), output.trim_end_matches('\n'));
}
