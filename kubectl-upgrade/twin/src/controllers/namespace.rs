//! Namespaces: what each one is given, and that everything in it goes before it does.

use serde_json::json;

use super::lifecycle;
use super::work::{self, Work};
use crate::json::set;
use crate::store::{ObjectKey, Resource};
use crate::world::World;

/// The first minor whose controllers tell every namespace of the cluster's own authority.
const AUTHORITY_SINCE: u16 = 20;

/// Gives a namespace what it lacks. Empties one that is being deleted, and takes it away when it is empty.
pub(crate) fn sync(world: &mut World, key: &ObjectKey) {
    let Some(namespace) = world.store.get(key) else { return };
    if !namespace.summary.deleting {
        return furnish(world, &key.name);
    }
    world.store.modify(key, |namespace| set(namespace, &["status", "phase"], "Terminating"));
    let left = contents(world, &key.name);
    for object in &left {
        lifecycle::delete(world, object);
    }
    if contents(world, &key.name).is_empty() {
        lifecycle::finish(world, key);
    } else {
        work::enqueue_after(world, Work::Sync(key.clone()), std::time::Duration::from_secs(1));
    }
}

/// Pods need an account, and everyone inside the authority that the API server's certificate is from.
fn furnish(world: &mut World, namespace: &str) {
    let named = |name: &str| json!({"metadata": {"name": name, "namespace": namespace}});
    let mut given = vec![(Resource::named("serviceaccounts"), named("default"))];
    if super::minor(world).minor >= AUTHORITY_SINCE {
        let mut authority = named("kube-root-ca.crt");
        set(&mut authority, &["data", "ca.crt"], "");
        given.push((Resource::CONFIG_MAPS, authority));
    }
    let now = world.now();
    for (resource, value) in given {
        if world.store.get(&ObjectKey::of(resource, &value)).is_none() {
            // There was none a moment ago.
            let _made = world.store.create(resource, value, now);
        }
    }
}

fn contents(world: &World, namespace: &str) -> Vec<ObjectKey> {
    let of = |resource: Resource| world.store.list(resource, Some(namespace), None).map(|object| object.key.clone());
    world.store.resources().into_iter().flat_map(of).collect()
}
