//! The bytes of a journal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use upgrade_core::journal::fold;
use upgrade_engine::journal_fuzzing::{read, write};

fuzz_target!(|bytes: &[u8]| {
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
    match read(bytes) {
        // No checksum is found by chance: what is read is what was written, and nothing but a torn end is left out.
        Ok(records) => {
            let written = write(&records).expect("what was read can be written");
            let mut whole = bytes.to_vec();
            whole.push(b'\n');
            assert!(whole.starts_with(&written), "{} records", records.len());
            let rest = bytes.get(written.len()..).unwrap_or_default();
            assert!(!rest.contains(&b'\n'), "lines were left out");
            if let Ok(state) = fold(&records) {
                assert_eq!(state.next_sequence, u64::try_from(records.len()).expect("few"));
            }
        }
        Err(line) => assert!((1..=lines).contains(&line), "line {line} of {lines}"),
    }
});
