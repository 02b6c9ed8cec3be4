//! What people get wrong about a cluster of EKS, and what they are told.

use serde_json::json;
use upgrade_tests::clouds::cases::{Choice, denied, expired, nothing, save_and_run};
use upgrade_tests::clouds::{Mistake, Served, refuse};
use upgrade_twin::clouds::change;

use crate::{clusters, stage};

/// Clients of an API that 1.34 does not have any more.
fn old_api(served: &Served, used: bool) {
    let api = json!({ "usage": "/apis/old/v1beta1/things", "replacedWith": "/apis/old/v1/things", "stopServingVersion": "1.34",
        "startServingReplacementVersion": "1.29", "clientStats": [
            { "userAgent": "old-operator/1.0", "numberOfRequestsLast30Days": 7, "lastRequestTime": 1.0e9 }] });
    let apis = if used { json!([api]) } else { json!([]) };
    served.twin.with(|world| change(world, |seen| seen.extra.insert("deprecatedApis".to_owned(), apis)));
}

const MISTAKES: &[Mistake] = &[
    Mistake {
        breaks: nothing,
        typed: "plan --cloud-region us-east-1",
        exits: 1,
        says: &["aws eks list-clusters --region us-east-1", "--cloud-region REGION"],
    },
    Mistake {
        breaks: nothing,
        typed: "plan --cloud-cluster shopp",
        exits: 1,
        says: &["No cluster found for name: shopp", "aws eks list-clusters --region eu-west-1"],
    },
    Mistake {
        breaks: nothing,
        typed: "plan --to 1.38",
        exits: 3,
        says: &["eks does not offer that to this cluster", "try --to 1.36.3; it offers 1.34.8, 1.35.6, 1.36.3"],
    },
    Mistake {
        breaks: nothing,
        typed: "plan --to 1.34 --max-surge 2",
        exits: 2,
        says: &["eks has no setting for --max-surge", "leave --max-surge away"],
    },
    Mistake {
        breaks: |served| old_api(served, true),
        typed: "run --yes --to 1.34 --pool main",
        exits: 3,
        says: &["KU0703", "old-operator/1.0", "--accept KUxxxx"],
    },
    Mistake {
        breaks: |served| old_api(served, false),
        typed: "plan --to 1.34 --pool nobody",
        exits: 2,
        says: &["name one of these: --pool POOL"],
    },
    Mistake {
        breaks: |served| denied(served, "UpdateClusterVersion"),
        typed: "run --yes --to 1.34 --pool main",
        exits: 6,
        says: &["allow eks:UpdateClusterVersion on the cluster to this user or role", "kubectl upgrade resume"],
    },
    Mistake {
        breaks: |served| denied(served, "DescribeCluster"),
        typed: "plan --to 1.34",
        exits: 1,
        says: &["allow eks:DescribeCluster on the cluster to this user or role"],
    },
    Mistake {
        breaks: expired,
        typed: "plan --to 1.34",
        exits: 1,
        says: &["AWS did not accept the credentials (ExpiredTokenException)", "aws sts get-caller-identity"],
    },
];

#[test]
fn each_is_told_with_what_to_type_instead() {
    let Some(served) = stage::begin(clusters::named()) else { return };
    refuse(MISTAKES, &served);
}

#[test]
fn a_saved_plan_knows_settings_that_were_changed_from_nodes_that_came() {
    let Some(served) = stage::begin(clusters::named()) else { return };
    let choices: [Choice; 2] =
        [|spec| set(spec, json!({ "maxUnavailable": 3 })), |spec| set(spec, json!({ "maxUnavailablePercentage": 33 }))];
    let says = "expected pool main with max unavailable 33%, found max unavailable 3";
    save_and_run(&served, "main", "--max-unavailable 2", choices, says);
    let kept = served.cloud(|cloud| cloud.now().pools["main"].spec.extra["updateConfig"].clone());
    assert_eq!(kept, json!({ "maxUnavailablePercentage": 33 }));
}

fn set(spec: &mut upgrade_twin::clouds::pools::PoolSpec, update_config: serde_json::Value) {
    spec.extra.insert("updateConfig".to_owned(), update_config);
}
