//! etcd's restore on a simulated hand-built cluster, whose plug is pulled again and again: at each record that the journal
//! gets, at moments between two commands on the hosts, and in the middle of the restore itself.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::sandbox::{Up, person};
use crate::session::Session;

/// So often at most; after that it is let go on.
const KILLS: u64 = 40;

/// The journals below a directory, each with the number of its records.
fn journals(below: &Path) -> Vec<(PathBuf, usize)> {
    let Ok(entries) = std::fs::read_dir(below) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            found.extend(journals(&path));
        } else if path.file_name().is_some_and(|name| name == "journal.jsonl") {
            let records = std::fs::read(&path).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count();
            found.push((path, records));
        }
    }
    found
}

fn records(session: &Session) -> usize {
    journals(&session.path(".local")).iter().map(|(_, records)| records).sum()
}

/// When the plug is pulled.
enum Pull {
    /// After so many further records of the journal.
    Records(usize),
    /// So long after the start.
    After(Duration),
    /// So long after it says that it is at etcd's restore.
    Restoring(Duration),
}

/// Starts it and pulls the plug. True when it came to its own end before.
fn killed(session: &Session, line: &str, pull: &Pull) -> (bool, String) {
    let (begun, at, said) = (Instant::now(), records(session), session.path("said"));
    let mut child = session.start(line, &said);
    let over = loop {
        if let Some(status) = child.try_wait().expect("its state") {
            assert!(status.success(), "{line}: {}", std::fs::read_to_string(&said).unwrap_or_default());
            break true;
        }
        let due = match pull {
            Pull::Records(more) => records(session) >= at + more,
            Pull::After(after) => begun.elapsed() >= *after,
            Pull::Restoring(after) => {
                let text = std::fs::read_to_string(&said).unwrap_or_default();
                let restoring = text.contains(" etcd's restore: ");
                if restoring {
                    std::thread::sleep(*after);
                }
                restoring
            }
        };
        if due {
            child.kill().expect("failed to kill");
            child.wait().expect("failed to wait");
            break false;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "{line} does not get on");
        std::thread::sleep(Duration::from_millis(2));
    };
    (over, std::fs::read_to_string(said).unwrap_or_default())
}

fn restored(scenario: &str) {
    let session = person();
    let file = session.path("sandbox.kubeconfig");
    let _up = Up::start(&session, scenario, &format!("--speed 20 --kubeconfig {}", file.display()));
    let run = session.run("run --kubeconfig sandbox.kubeconfig --to 1.35 --yes");
    assert_eq!(run.code, 0, "{run}");
    let before = journals(&session.path(".local")).len();

    let mut line = "rollback --kubeconfig sandbox.kubeconfig --restore-etcd --yes";
    let (mut ended, mut in_the_middle, mut dice) = (false, 0, 0x2545_f491_u64);
    for kill in 0..KILLS {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let chance = dice >> 33;
        let pull = match kill % 3 {
            0 => Pull::Records(2 + usize::try_from(kill).expect("few") / 2),
            1 => Pull::After(Duration::from_millis(200 + chance % 3000)),
            _ => Pull::Restoring(Duration::from_millis(chance % 2000)),
        };
        let (over, said) = killed(&session, line, &pull);
        in_the_middle += usize::from(said.contains("the API is away, as it is while etcd is put back"));
        if over {
            ended = true;
            break;
        }
        if journals(&session.path(".local")).len() > before {
            line = "resume --kubeconfig sandbox.kubeconfig --yes";
        }
    }
    if !ended {
        let resumed = session.run(line);
        assert_eq!(resumed.code, 0, "{resumed}");
    }
    assert!(in_the_middle > 0, "no plug was pulled while the API was away");
    let standing = session.run("inventory --kubeconfig sandbox.kubeconfig");
    assert_eq!(standing.stdout.matches("version: \"3.5.26\"").count(), 3, "{standing}");
    let versions = session.run("plan --kubeconfig sandbox.kubeconfig --to 1.35");
    assert_eq!(versions.code, 0, "the cluster is whole and can be upgraded again: {versions}");
}

#[test]
fn etcds_restore_is_gone_on_with_wherever_the_plug_is_pulled() {
    restored("hand-built");
}
