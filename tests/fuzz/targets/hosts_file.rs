//! The file given with `--hosts`. The text after a line of dashes is what a Node gives as its address.
#![no_main]

use libfuzzer_sys::fuzz_target;
use upgrade_core::ids::NodeName;
use upgrade_fuzz::shell;
use upgrade_ssh::HostsFile;

fuzz_target!(|text: &str| {
    let (text, address) = text.split_once("\n---\n").unwrap_or((text, "192.0.2.1"));
    let file = match HostsFile::parse("h.yaml", text) {
        Ok(file) => file,
        Err(error) => {
            assert!(error.to_string().contains("h.yaml"), "{error}");
            HostsFile::default()
        }
    };
    assert_eq!(HostsFile::parse("h.yaml", text).ok().unwrap_or_default(), file);
    let other = NodeName::new("other");
    for node in file.nodes().chain([&other]) {
        for known in [None, Some(address)] {
            let target = file.target(node, known);
            let words = [Some(&target.address), target.user.as_ref(), target.proxy_jump.as_ref()];
            for word in words.into_iter().flatten() {
                // ssh would take it for an option, or for two words.
                assert!(
                    !word.is_empty() && !word.starts_with('-') && !word.contains(char::is_whitespace),
                    "{target:?}"
                );
            }
            let typed = shell::words(&target.by_hand()).expect("quoted words");
            assert_eq!(typed.last(), Some(&target.address.replace('\0', "")));
        }
    }
});
