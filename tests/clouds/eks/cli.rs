//! AWS's command line at work on the simulated EKS.

use serde_json::{Value, json};
use upgrade_twin::clouds::faults::Shortage;

use crate::aws::{self, Said};
use crate::clusters;
use crate::served::Served;
use upgrade_twin::blueprint::Blueprint;

const CLUSTER: &str = "sandbox-eks";

/// A served cluster and the command in front of it.
struct Session {
    served: Served,
}

impl Session {
    fn begin(blueprint: Blueprint) -> Option<Self> {
        Some(Self { served: Served::begin(blueprint, aws::model()?) })
    }

    fn aws(&self, words: &str) -> Said {
        aws::aws(&self.served.endpoint, "eks", &words.split_whitespace().collect::<Vec<_>>())
    }

    fn json(&self, words: &str) -> Value {
        self.aws(words).json()
    }

    fn refused(&self, words: &str, code: &str, word: &str) {
        let said = self.aws(words);
        assert!(!said.ok && said.err.contains(code) && said.err.contains(word), "{words}: {said:?}");
    }

    fn cluster(&self) -> Value {
        self.json(&format!("describe-cluster --name {CLUSTER}"))["cluster"].clone()
    }

    fn group(&self, name: &str) -> Value {
        self.json(&format!("describe-nodegroup --cluster-name {CLUSTER} --nodegroup-name {name}"))["nodegroup"].clone()
    }

    /// Follows an update to its end.
    fn ended(&self, update: &Value, of: &str) -> Value {
        let id = update["update"]["id"].as_str().unwrap();
        self.served.until("the end of the update", || {
            let found = self.json(&format!("describe-update --name {CLUSTER} --update-id {id} {of}"));
            (found["update"]["status"] != "InProgress").then(|| found["update"].clone())
        })
    }

    fn upgrade_cluster(&self, to: &str) -> Value {
        let update = self.json(&format!("update-cluster-version --name {CLUSTER} --kubernetes-version {to}"));
        assert_eq!(
            (&update["update"]["type"], &update["update"]["status"]),
            (&json!("VersionUpdate"), &json!("InProgress"))
        );
        self.ended(&update, "")
    }

    fn upgrade_group(&self, name: &str, more: &str) -> Value {
        let update =
            self.json(&format!("update-nodegroup-version --cluster-name {CLUSTER} --nodegroup-name {name} {more}"));
        self.ended(&update, &format!("--nodegroup-name {name}"))
    }
}

#[test]
fn a_whole_upgrade() {
    let Some(session) = Session::begin(clusters::named()) else { return };
    assert_eq!(session.json("list-clusters")["clusters"], json!([CLUSTER]));
    let cluster = session.cluster();
    assert_eq!((&cluster["version"], &cluster["status"]), (&json!("1.33"), &json!("ACTIVE")));
    assert_eq!(cluster["arn"], "arn:aws:eks:eu-west-1:111122223333:cluster/sandbox-eks");
    let versions = session.json("describe-cluster-versions");
    let of = |minor: &str| {
        versions["clusterVersions"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["clusterVersion"] == minor)
            .cloned()
            .unwrap()
    };
    assert_eq!(of("1.33")["versionStatus"], "EXTENDED_SUPPORT");
    assert_eq!(
        (&of("1.36")["versionStatus"], &of("1.36")["defaultVersion"]),
        (&json!("STANDARD_SUPPORT"), &json!(true))
    );

    let refresh = session.json(&format!("start-insights-refresh --cluster-name {CLUSTER}"));
    assert_eq!(refresh["status"], "IN_PROGRESS");
    session.served.until("fresh insights", || {
        let found = session.json(&format!("describe-insights-refresh --cluster-name {CLUSTER}"));
        (found["status"] == "COMPLETED").then_some(())
    });
    let insights =
        session.json(&format!("list-insights --cluster-name {CLUSTER} --filter categories=UPGRADE_READINESS"));
    let statuses: Vec<&Value> =
        insights["insights"].as_array().unwrap().iter().map(|one| &one["insightStatus"]["status"]).collect();
    assert_eq!(statuses, ["PASSING"; 4]);
    let id = insights["insights"][0]["id"].as_str().unwrap();
    let insight = session.json(&format!("describe-insight --cluster-name {CLUSTER} --id {id}"));
    assert_eq!(insight["insight"]["kubernetesVersion"], "1.34");

    assert_eq!(session.upgrade_cluster("1.34")["status"], "Successful");
    assert_eq!(session.cluster()["version"], "1.34");
    let addons = session.json(&format!("list-addons --cluster-name {CLUSTER}"));
    assert_eq!(addons["addons"], json!(["coredns", "kube-proxy", "vpc-cni"]));
    let offered = session.json("describe-addon-versions --addon-name kube-proxy --kubernetes-version 1.34");
    assert_eq!(offered["addons"][0]["addonVersions"][0]["addonVersion"], "v1.34.8-eksbuild.1");
    let update = format!(
        "update-addon --cluster-name {CLUSTER} --addon-name kube-proxy --addon-version v1.34.8-eksbuild.1 --resolve-conflicts PRESERVE"
    );
    let update = session.ended(&session.json(&update), "--addon-name kube-proxy");
    assert_eq!((&update["status"], &update["type"]), (&json!("Successful"), &json!("AddonUpdate")));
    let addon = session.json(&format!("describe-addon --cluster-name {CLUSTER} --addon-name kube-proxy"));
    assert_eq!(addon["addon"]["addonVersion"], "v1.34.8-eksbuild.1");

    let configured = session.json(&format!(
        "update-nodegroup-config --cluster-name {CLUSTER} --nodegroup-name main --update-config maxUnavailable=2"
    ));
    assert_eq!(session.ended(&configured, "--nodegroup-name main")["type"], "ConfigUpdate");
    assert_eq!(session.group("main")["updateConfig"], json!({"maxUnavailable": 2}));
    let update = session.upgrade_group("main", "");
    assert_eq!((&update["status"], &update["params"][0]["value"]), (&json!("Successful"), &json!("1.34")));
    let group = session.group("main");
    assert_eq!(
        (&group["version"], &group["releaseVersion"], &group["status"]),
        (&json!("1.34"), &json!("1.34.8-20260812"), &json!("ACTIVE"))
    );
    let updates = session.json(&format!("list-updates --name {CLUSTER} --nodegroup-name main"));
    assert_eq!(updates["updateIds"].as_array().unwrap().len(), 2);
}

#[test]
fn a_group_beside_another_and_the_other_gone() {
    let Some(session) = Session::begin(clusters::named()) else { return };
    let main = session.group("main");
    let words = |value: &Value| {
        value.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    let created = session.json(&format!(
        "create-nodegroup --cluster-name {CLUSTER} --nodegroup-name main-2 --subnets {} --node-role {} \
         --scaling-config minSize=2,maxSize=6,desiredSize=3 --labels shop=yes --taints key=new,value=yes,effect=NO_SCHEDULE",
        words(&main["subnets"]),
        main["nodeRole"].as_str().unwrap()
    ));
    assert_eq!(created["nodegroup"]["status"], "CREATING");
    session.served.until("the new group", || (session.group("main-2")["status"] == "ACTIVE").then_some(()));
    let found = session.group("main-2");
    assert_eq!((&found["subnets"], &found["labels"]), (&main["subnets"], &json!({"shop": "yes"})));
    assert_eq!(found["taints"], json!([{"key": "new", "value": "yes", "effect": "NO_SCHEDULE"}]));
    let group = format!("--cluster-name {CLUSTER} --nodegroup-name main-2");
    assert_eq!(session.json(&format!("delete-nodegroup {group}"))["nodegroup"]["status"], "DELETING");
    session.served.until("the group's end", || {
        session.aws(&format!("describe-nodegroup {group}")).err.contains("ResourceNotFoundException").then_some(())
    });
}

#[test]
fn a_token_begins_once_and_back_is_possible_for_a_week() {
    let Some(session) = Session::begin(clusters::named()) else { return };
    let begin = format!("update-cluster-version --name {CLUSTER} --kubernetes-version 1.34 --client-request-token t-1");
    let (first, second) = (session.json(&begin), session.json(&begin));
    assert_eq!(first["update"]["id"], second["update"]["id"]);
    session.ended(&first, "");
    assert_eq!(session.json(&begin)["update"]["id"], first["update"]["id"], "even when it has ended");
    session.upgrade_group("main", "");
    let back = format!("update-cluster-version --name {CLUSTER} --kubernetes-version 1.33");
    session.refused(&back, "InvalidRequestException", "Kubelet version skew for rollback");
    let insights =
        session.json(&format!("list-insights --cluster-name {CLUSTER} --filter categories=ROLLBACK_READINESS"));
    assert_eq!(insights["insights"][0]["insightStatus"]["status"], "ERROR");
    assert_eq!(session.upgrade_group("main", "--kubernetes-version 1.33")["status"], "Successful");
    let update = session.json(&back);
    assert_eq!(update["update"]["type"], "VersionRollback");
    let cancel = format!("cancel-update --name {CLUSTER} --update-id {}", update["update"]["id"].as_str().unwrap());
    session.refused(&cancel, "InvalidRequestException", "Auto Mode");
    assert_eq!(session.ended(&update, "")["status"], "Successful");
    session.refused(&back.replace("1.33", "1.32"), "InvalidRequestException", "cannot be rolled back");
}

#[test]
fn what_cannot_be_is_refused_by_its_name() {
    let blueprint = clusters::with(|managed| {
        managed.faults.page_size = Some(1);
        managed.extra.insert("denied".to_owned(), json!(["DeleteNodegroup"]));
        let api = json!({"usage": "/apis/flowcontrol.apiserver.k8s.io/v1beta3/flowschemas", "replacedWith": "v1",
            "stopServingVersion": "1.34", "startServingReplacementVersion": "1.29",
            "clientStats": [{"userAgent": "old-operator/1.0", "numberOfRequestsLast30Days": 7, "lastRequestTime": 1.0e9}]});
        managed.extra.insert("deprecatedApis".to_owned(), json!([api]));
        managed.extra.get_mut("addons").unwrap()["coredns"]["changed"] = json!(true);
    });
    let Some(session) = Session::begin(blueprint) else { return };
    let groups = session.json(&format!("list-nodegroups --cluster-name {CLUSTER}"));
    assert_eq!(groups["nodegroups"], json!(["batch", "main", "system"]), "pages are followed");
    let version = format!("update-cluster-version --name {CLUSTER} --kubernetes-version");
    session.refused(&format!("{version} 1.36"), "InvalidParameterException", "from 1.33 to 1.36");
    session.refused(
        &format!("{version} 1.34"),
        "InvalidRequestException",
        "Deprecated APIs removed in Kubernetes v1.34",
    );
    session.refused("describe-cluster --name other", "ResourceNotFoundException", "No cluster found for name: other.");
    let group = format!("--cluster-name {CLUSTER} --nodegroup-name");
    session.refused(
        &format!("update-nodegroup-version {group} main --kubernetes-version 1.34"),
        "InvalidParameterException",
        "less than or equal",
    );
    session.refused(
        &format!("update-nodegroup-version {group} main"),
        "InvalidRequestException",
        "already at version 1.33",
    );
    session.refused(
        &format!("update-nodegroup-version {group} main --release-version 1.33.1-20200101"),
        "InvalidParameterException",
        "not valid",
    );
    session.refused(
        &format!("update-nodegroup-version {group} none"),
        "ResourceNotFoundException",
        "No node group found",
    );
    session.refused(&format!("delete-nodegroup {group} main"), "AccessDeniedException", "eks:DeleteNodegroup");
    let addon = format!("update-addon --cluster-name {CLUSTER} --addon-name coredns --addon-version");
    session.refused(&format!("{addon} v1.14.0-eksbuild.1"), "InvalidParameterException", "not supported");
    let conflict = session.json(&format!("{addon} v1.12.4-eksbuild.1 --resolve-conflicts NONE"));
    let conflict = session.ended(&conflict, "--addon-name coredns");
    assert_eq!(
        (&conflict["status"], &conflict["errors"][0]["errorCode"]),
        (&json!("Failed"), &json!("ConfigurationConflict"))
    );
    let forced = session.json(&format!("{version} 1.34 --force"));
    assert_eq!(session.ended(&forced, "")["status"], "Successful");
}

#[test]
fn a_budget_that_never_allows_fails_the_update_and_names_no_pod() {
    let mut blueprint = clusters::named();
    clusters::deadlock(&mut blueprint);
    let Some(session) = Session::begin(blueprint) else { return };
    session.upgrade_cluster("1.34");
    let failed = ["main", "system", "batch"]
        .into_iter()
        .map(|name| session.upgrade_group(name, ""))
        .find(|update| update["status"] == "Failed");
    let error = failed.unwrap()["errors"][0].clone();
    assert_eq!(error["errorCode"], "PodEvictionFailure");
    assert!(!error["errorMessage"].as_str().unwrap().contains("queue"), "{error}");
    assert!(error["resourceIds"][0].as_str().unwrap().starts_with("ip-"), "{error}");
    let behind = ["main", "system"].into_iter().find(|name| session.group(name)["version"] == "1.33").unwrap();
    assert_eq!(session.upgrade_group(behind, "--force")["status"], "Successful");
}

#[test]
fn machines_that_cannot_be_had_are_an_issue_of_the_group() {
    let Some(session) = Session::begin(clusters::named()) else { return };
    session.upgrade_cluster("1.34");
    session.served.cloud(|cloud| cloud.faults.machines_left = Some((1, Shortage::Addresses)));
    let failed = session.upgrade_group("main", "");
    assert_eq!(
        (&failed["status"], &failed["errors"][0]["errorCode"]),
        (&json!("Failed"), &json!("InsufficientFreeAddresses"))
    );
    let group = session.group("main");
    assert_eq!(
        (&group["status"], &group["health"]["issues"][0]["code"]),
        (&json!("DEGRADED"), &json!("InsufficientFreeAddresses"))
    );
    assert_eq!(group["version"], "1.33", "it is not there yet");
}

#[test]
fn subnets_tell_what_they_have_left_and_a_control_plane_takes_some() {
    let blueprint = clusters::with(|managed| {
        managed.faults.page_size = Some(2);
        managed.faults.machines_left = Some((4, Shortage::Addresses));
    });
    let Some(session) = Session::begin(blueprint) else { return };
    let ids = session.cluster()["resourcesVpcConfig"]["subnetIds"].clone();
    let ids: Vec<&str> = ids.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let ec2 = |words: &str| aws::aws(&session.served.endpoint, "ec2", &words.split_whitespace().collect::<Vec<_>>());
    let found = ec2(&format!("describe-subnets --filters Name=subnet-id,Values={}", ids.join(","))).json();
    let found = found["Subnets"].as_array().unwrap().clone();
    let left: Vec<i64> = found.iter().map(|one| one["AvailableIpAddressCount"].as_i64().unwrap()).collect();
    assert_eq!((ids.len(), left), (3, vec![2, 1, 1]), "pages are followed");
    assert_eq!(found[0]["AvailabilityZone"], "eu-west-1a");
    let one = ec2(&format!("describe-subnets --subnet-ids {}", ids[1])).json();
    assert_eq!(one["Subnets"][0]["SubnetId"], ids[1]);
    let none = ec2("describe-subnets --subnet-ids subnet-1");
    assert!(!none.ok && none.err.contains("InvalidSubnetID.NotFound"), "{none:?}");
    let update = session.upgrade_cluster("1.34");
    assert_eq!(
        (&update["status"], &update["errors"][0]["errorCode"]),
        (&json!("Failed"), &json!("InsufficientFreeAddresses"))
    );
    assert_eq!((&session.cluster()["version"], &session.cluster()["status"]), (&json!("1.33"), &json!("ACTIVE")));
}

#[test]
fn throttled_and_expired_callers_are_told_so() {
    let blueprint = clusters::with(|managed| managed.faults.throttle_every = Some(2));
    let Some(session) = Session::begin(blueprint) else { return };
    assert!(session.aws("list-clusters").ok);
    session.refused("list-clusters", "ThrottlingException", "Rate exceeded");
    session.served.twin.with(|world| {
        let now = world.now();
        if let Some(cloud) = &mut world.cloud {
            cloud.faults.throttle_every = None;
            cloud.faults.credentials_expire = Some(now);
        }
    });
    session.refused("list-clusters", "ExpiredTokenException", "expired");
}
