//! What is put into command lines and scripts: one word a line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use upgrade_core::commands::{CommandLine, quote};
use upgrade_core::ids::NodeName;
use upgrade_fuzz::shell;
use upgrade_ssh::{BEGIN, Target, payload};

fuzz_target!(|text: &str| {
    let words: Vec<String> = text.split('\n').map(str::to_owned).collect();
    // A NUL cannot be part of an argument.
    let expected: Vec<String> = words.iter().map(|word| word.replace('\0', "")).collect();
    assert_eq!(shell::words(&quote(text)), Ok(vec![text.replace('\0', "")]));
    let line = CommandLine::new(words);
    assert_eq!(shell::words(&line.as_root()).as_ref(), Ok(&expected));
    assert_eq!(shell::words(&line.to_string()).unwrap().split_first(), Some((&"sudo".to_owned(), &expected[..])));
    packed(text);
    by_hand(text);
});

/// The packed script arrives as it was sent.
fn packed(script: &str) {
    let payload = payload(script);
    let rest = payload.strip_prefix("body=").expect("the script comes first");
    let (body, _) = rest.rsplit_once("\nif [ \"$(id -u)\"").expect("then what runs it");
    let words = shell::words(body).expect("one quoted word");
    let [body] = words.as_slice() else { panic!("{} words", words.len()) };
    let main = format!("main() {{\n{}\n}}\nmain </dev/null\nexit $?\n", script.replace('\0', ""));
    assert!(body.ends_with(&main), "{body:?}");
    assert!(body.contains(&format!("printf '%s\\n' {BEGIN}\n")));
}

/// What a person is told to type reaches the host that is meant.
fn by_hand(text: &str) {
    let bare = text.replace('\0', "");
    let mut target = Target::new(NodeName::new("n"), text);
    target.user = Some(text.to_owned());
    target.identity_file = Some(text.to_owned());
    let words = shell::words(&target.by_hand()).expect("quoted words");
    assert_eq!(words, ["ssh", "-i", &bare, "-l", &bare, &bare]);
    assert!(shell::words(&target.forget()).is_ok_and(|words| words.last() == Some(&bare)));
}
