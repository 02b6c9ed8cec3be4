//! Google's own command line at work on the simulated GKE, where it is installed.

use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;
use upgrade_tests::clouds::{Said, Served, client};

use crate::served::{begin, with};

/// The command in front of a served cluster.
struct Session {
    served: Served,
    program: PathBuf,
    home: TempDir,
}

impl Session {
    /// None, said by name, where there is no `gcloud`: it is in no registry from which it could be fetched and pinned.
    fn begin() -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path).map(|folder| folder.join("gcloud")).find(|program| program.is_file());
        let Some(program) = found else {
            println!("skipped: gcloud is not installed");
            return None;
        };
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("token"), "none").unwrap();
        Some(Self { served: begin(with(|_| {}))?, program, home })
    }

    fn run(&self, words: &str) -> Result<String, String> {
        let home = self.home.path();
        let mut gcloud = client(&self.program, home);
        gcloud
            .args(["container", "--project", "sandbox-project", "--quiet"])
            .args(words.split_whitespace())
            .env("CLOUDSDK_CONFIG", home.join("config"))
            .env("CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER", format!("{}/", self.served.endpoint))
            .env("CLOUDSDK_CORE_CHECK_GCE_METADATA", "false")
            .env("CLOUDSDK_CORE_DISABLE_USAGE_REPORTING", "true")
            .env("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", home.join("token"));
        let said = Said::by(&mut gcloud);
        if said.ok { Ok(said.out) } else { Err(said.err) }
    }

    fn done(&self, words: &str) -> String {
        self.run(&format!("{words} --location europe-west3")).unwrap_or_else(|said| panic!("{words}: {said}"))
    }

    fn json(&self, words: &str) -> Value {
        serde_json::from_str(&self.done(&format!("{words} --format json"))).unwrap()
    }
}

#[test]
fn a_whole_upgrade() {
    let Some(session) = Session::begin() else { return };
    let offers = session.json("get-server-config");
    assert_eq!(offers["validMasterVersions"][0], "1.36.1-gke.1113000");
    let refused = session.run("clusters upgrade sandbox-gke --master --cluster-version 1.36 --location europe-west3");
    assert!(refused.as_ref().is_err_and(|said| said.contains("more than one minor")), "{refused:?}");
    session.done("clusters upgrade sandbox-gke --master --cluster-version 1.34");
    let cluster = session.json("clusters describe sandbox-gke");
    assert_eq!(cluster["currentMasterVersion"], "1.34.7-gke.1026000");
    session.done("clusters upgrade sandbox-gke --node-pool main --cluster-version 1.34.7-gke.1026000");
    let pool = session.json("node-pools describe main --cluster sandbox-gke");
    assert_eq!((&pool["version"], &pool["status"]), (&"1.34.7-gke.1026000".into(), &"RUNNING".into()));
    let operations = session.json("operations list");
    assert_eq!(operations.as_array().unwrap().len(), 2);
}

#[test]
fn pools_are_set_up_and_come_and_go() {
    let Some(session) = Session::begin() else { return };
    session.done("node-pools update main --cluster sandbox-gke --max-surge-upgrade 2 --max-unavailable-upgrade 1");
    let pool = session.json("node-pools describe main --cluster sandbox-gke");
    assert_eq!(pool["upgradeSettings"]["maxSurge"], 2);
    session.done("node-pools create main-2 --cluster sandbox-gke --num-nodes 1 --node-version 1.33.5-gke.1080000");
    session.done("node-pools delete main-2 --cluster sandbox-gke");
    assert_eq!(session.json("node-pools list --cluster sandbox-gke").as_array().unwrap().len(), 3);
}
