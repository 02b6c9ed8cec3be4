//! Nodes that Karpenter makes, through the plugin: read, waited for, and found out where they would never be replaced.

use std::time::Duration;

use serde_json::{Value, json};
use upgrade_core::version::Minor;
use upgrade_tests::clouds::{Person, Served};
use upgrade_twin::blueprint::Blueprint;
use upgrade_twin::json::set;
use upgrade_twin::store::{ObjectKey, Resource};
use upgrade_twin::world::World;

use crate::{clusters, stage};

/// Three nodes of a NodePool with that budget and those images.
fn cluster(budget: &Value, images: &Value) -> Blueprint {
    let mut blueprint = clusters::with(|managed| {
        managed.pools.retain(|pool| pool.name == "main");
        managed.extra.insert("karpenter".to_owned(), json!({ "spot": 3 }));
    });
    let class = json!({ "group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "usual" });
    blueprint.objects.push(json!({
        "apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": { "name": "spot" },
        "spec": { "template": { "spec": { "nodeClassRef": class } }, "disruption": { "budgets": [budget] } },
    }));
    blueprint.objects.push(json!({
        "apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": { "name": "usual" },
        "spec": { "amiSelectorTerms": images },
    }));
    blueprint
}

fn by_alias() -> Value {
    json!([{ "alias": "al2023@latest" }])
}

fn minors(served: &Served) -> Vec<Minor> {
    served.twin.with(|world| {
        let nodes = world.store.list(Resource::NODES, None, None);
        let of = nodes.filter(|node| node.summary.labels.contains_key("karpenter.sh/nodepool"));
        let version = |node: &Value| node["status"]["nodeInfo"]["kubeletVersion"].as_str().unwrap().to_owned();
        of.map(|node| version(&node.value()).parse::<upgrade_core::version::Version>().unwrap().minor()).collect()
    })
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lets that many be replaced at a time.
fn budget(world: &mut World, nodes: &'static str) {
    let key = ObjectKey::new(Resource::NODE_POOLS, "", "spot");
    world.store.modify(&key, |pool| set(pool, &["spec", "disruption"], json!({ "budgets": [{ "nodes": nodes }] })));
}

#[test]
fn they_drift_after_the_control_plane_and_the_run_waits_until_they_are_replaced() {
    let Some(served) = stage::begin(cluster(&json!({ "nodes": "0" }), &by_alias())) else { return };
    // Somebody lets them go, long after they have drifted.
    served.twin.with(|world| world.after(Duration::from_secs(70 * 60), |world| budget(world, "1")));
    let person = Person::at(&served);
    let told = flat(&person.run("run --yes --to 1.34 --pool spot --accept KU0711").exits(0).text);
    for said in [
        "images by alias al2023@latest; nodes replaced at a time: 0; nodes expire after 720h, budgets or not",
        "reports 1.33.11-eks-99d6cc0 and has drifted",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
    assert_eq!(minors(&served), [Minor::new(1, 34); 3]);
}

#[test]
fn those_that_would_never_be_replaced_are_found_before_the_run() {
    let none = json!({ "nodes": "0", "reasons": ["Drifted"] });
    let Some(served) = stage::begin(cluster(&none, &json!([{ "id": "ami-0123456789abcdef0" }]))) else { return };
    let person = Person::at(&served);
    let told = flat(&person.run("run --yes --to 1.34").exits(3).text);
    for said in [
        "KU0711 NodePool spot: its NodeClass usual names its images by id (ami-0123456789abcdef0)",
        "its disruption budget lets no drifted node be replaced: 0 if Drifted",
        "kubectl edit nodepool spot",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
    served.twin.with(|world| {
        budget(world, "50%");
        let key = ObjectKey::new(Resource::EC2_NODE_CLASSES, "", "usual");
        world.store.modify(&key, |class| set(class, &["spec", "amiSelectorTerms"], by_alias()));
    });
    let _ = person.run("run --yes --to 1.34 --pool spot").exits(0);
    assert_eq!(minors(&served), [Minor::new(1, 34); 3]);
}

#[test]
fn a_node_that_may_not_be_disrupted_is_waited_for_by_name() {
    let Some(served) = stage::begin(cluster(&json!({ "nodes": "3" }), &by_alias())) else { return };
    let claims = || -> Vec<ObjectKey> {
        served.twin.with(|world| {
            let claims = world.store.list(Resource::NODE_CLAIMS, None, None);
            claims.map(|claim| claim.key.clone()).collect()
        })
    };
    let first = served.until("the claims", || claims().into_iter().next());
    let annotate = |world: &mut World, key: &ObjectKey, asked: &str| {
        let asked = asked.to_owned();
        let path = ["metadata", "annotations", "karpenter.sh/do-not-disrupt"];
        world.store.modify(key, |claim| set(claim, &path, asked));
    };
    served.twin.with(|world| {
        annotate(world, &first, "true");
        let key = first.clone();
        world.after(Duration::from_secs(50 * 60), move |world| annotate(world, &key, "false"));
    });
    let person = Person::at(&served);
    let told = flat(&person.run("run --yes --to 1.34 --pool spot").exits(0).text);
    for said in ["KU0711 NodePool spot: 1 node of it may not be disrupted", "and may not be disrupted"] {
        assert!(told.contains(said), "{said}: {told}");
    }
    assert_eq!(minors(&served), [Minor::new(1, 34); 3]);
}
