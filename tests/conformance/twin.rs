//! A simulated API server to talk to.

use jiff::Timestamp;
use upgrade_core::version::Version;
use upgrade_tests::conformance::Server;
use upgrade_twin::api::ApiService;
use upgrade_twin::blueprint::{Blueprint, Form, Machine, Packages};
use upgrade_twin::{Faults, Tempo, Twin};

const TOKEN: &str = "the-administrators-token";

/// The API server of a new cluster of one machine.
pub(crate) fn server_of(version: &str) -> Server {
    let version: Version = version.parse().expect("a version");
    let blueprint = Blueprint {
        name: "conformance".to_owned(),
        epoch: Timestamp::from_second(1_790_000_000).expect("a time"),
        form: Form::Kubeadm,
        machines: vec![Machine::new("cp1", "10.0.0.1", &version).control_plane()],
        packages: Packages { offered: vec![version.clone()], per_minor: true, exact: Vec::new() },
        version,
        objects: Vec::new(),
        tempo: Tempo::default(),
        faults: Faults::default(),
    };
    let twin = Twin::start(&blueprint, 1).expect("a cluster");
    twin.with(|world| {
        world.api.token = Some(TOKEN.to_owned());
        world
            .control_plane
            .servers
            .entry("cp1".to_owned())
            .or_insert(upgrade_twin::world::ApiServer { version: blueprint.version.clone(), serving: true });
    });
    Server::of_client(&kube::Client::new(ApiService::new(&twin), "default"), TOKEN)
}
