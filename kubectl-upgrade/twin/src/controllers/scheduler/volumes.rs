//! Volumes of claims: which nodes reach them, and which claims are bound when a pod is.

use serde_json::{Value, json};

use super::reason::Reason;
use super::view::NodeView;
use super::wants::{NodeChoice, Wants};
use crate::json::{at, set, text};
use crate::quantity;
use crate::store::{ObjectKey, Resource, Store};
use crate::world::World;

/// The provisioner of storage classes whose volumes are made by hand.
const BY_HAND: &str = "kubernetes.io/no-provisioner";

/// What a pod's claims mean for nodes.
#[derive(Debug, Default)]
pub(crate) struct Volumes {
    bound: Vec<NodeChoice>,
    /// For each claim that waits for a volume made by hand: those that would do.
    open: Vec<Vec<(String, NodeChoice)>>,
}

impl Volumes {
    /// What the claims say; a text where one of them is missing.
    pub(crate) fn of(wants: &Wants, store: &Store) -> Result<Self, String> {
        let mut volumes = Self::default();
        for name in &wants.claims {
            let key = ObjectKey::new(Resource::CLAIMS, &wants.namespace, name);
            let Some(claim) = store.value(&key) else {
                return Err(format!("persistentvolumeclaim \"{name}\" not found"));
            };
            let volume = text(&claim, "/spec/volumeName");
            if !volume.is_empty() {
                let volume = store.value(&ObjectKey::new(Resource::VOLUMES, "", volume));
                volumes.bound.extend(volume.map(|volume| NodeChoice::of_volume(&volume)));
            } else if !provisioned(&claim, store) {
                volumes.open.push(available(&claim, store));
            }
        }
        Ok(volumes)
    }

    /// Why the node does not do, if it does not.
    pub(crate) fn refuse(&self, name: &str, node: &NodeView) -> Option<Reason> {
        if self.bound.iter().any(|choice| !choice.accepts(name, &node.labels)) {
            return Some(Reason::Volume);
        }
        let reached = |(_, choice): &(String, NodeChoice)| choice.accepts(name, &node.labels);
        let unmet = self.open.iter().any(|choices| !choices.iter().any(reached));
        unmet.then_some(Reason::VolumeMissing)
    }
}

/// Whether a volume for the claim is made when it is needed. A class that is not there counts as one that makes them.
fn provisioned(claim: &Value, store: &Store) -> bool {
    let class = text(claim, "/spec/storageClassName");
    let class = store.value(&ObjectKey::new(Resource::STORAGE_CLASSES, "", class));
    class.is_none_or(|class| text(&class, "/provisioner") != BY_HAND)
}

fn available(claim: &Value, store: &Store) -> Vec<(String, NodeChoice)> {
    let (class, size) = (text(claim, "/spec/storageClassName"), at(claim, "/spec/resources/requests/storage"));
    let volumes = store.list(Resource::VOLUMES, None, None).map(|volume| volume.value());
    let fitting = volumes.filter(|volume| {
        text(volume, "/spec/storageClassName") == class
            && at(volume, "/spec/claimRef").is_null()
            && quantity::bytes(at(volume, "/spec/capacity/storage")) >= quantity::bytes(size)
    });
    fitting.map(|volume| (text(&volume, "/metadata/name").to_owned(), NodeChoice::of_volume(&volume))).collect()
}

/// Binds the open claims of a pod that goes to that node.
pub(crate) fn bind(world: &mut World, wants: &Wants, node: &str) {
    for name in &wants.claims {
        let key = ObjectKey::new(Resource::CLAIMS, &wants.namespace, name);
        let Some(claim) = world.store.value(&key).filter(|claim| text(claim, "/spec/volumeName").is_empty()) else {
            continue;
        };
        let labels = world.controllers.index.nodes.get(node).map(|node| node.labels.clone()).unwrap_or_default();
        let by_hand = available(&claim, &world.store).into_iter().find(|(_, choice)| choice.accepts(node, &labels));
        let volume = match by_hand {
            Some((volume, _)) if !provisioned(&claim, &world.store) => volume,
            Some(_) | None => provision(world, &claim, node),
        };
        let reference = json!({ "kind": "PersistentVolumeClaim", "namespace": wants.namespace, "name": name,
            "uid": text(&claim, "/metadata/uid") });
        world.store.modify(&ObjectKey::new(Resource::VOLUMES, "", &volume), |object| {
            set(object, &["spec", "claimRef"], reference);
            set(object, &["status", "phase"], "Bound");
        });
        world.store.modify(&key, |object| {
            set(object, &["spec", "volumeName"], volume);
            set(object, &["status", "phase"], "Bound");
        });
    }
}

/// Makes a volume in the zone of the node, and returns its name.
fn provision(world: &mut World, claim: &Value, node: &str) -> String {
    let name = format!("pvc-{}", text(claim, "/metadata/uid"));
    let zone = world.controllers.index.nodes.get(node).and_then(|node| node.zone().map(str::to_owned));
    let mut volume = json!({
        "metadata": { "name": name },
        "spec": {
            "accessModes": at(claim, "/spec/accessModes"),
            "capacity": at(claim, "/spec/resources/requests"),
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": text(claim, "/spec/storageClassName"),
        },
        "status": { "phase": "Available" },
    });
    if let Some(zone) = zone {
        let key = "topology.kubernetes.io/zone";
        let term = json!([{ "matchExpressions": [{ "key": key, "operator": "In", "values": [zone] }] }]);
        set(&mut volume, &["spec", "nodeAffinity", "required", "nodeSelectorTerms"], term);
    }
    let now = world.now();
    // One of that name is this claim's own.
    let _made = world.store.create(Resource::VOLUMES, volume, now);
    name
}
