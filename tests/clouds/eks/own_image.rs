//! A node group with an image of its owner's, through the plugin: EKS chooses none, so somebody names a version of the launch
//! template, in the plan or while the run waits.

use serde_json::json;
use upgrade_core::version::Minor;
use upgrade_tests::clouds::{Person, Served};
use upgrade_twin::blueprint::Blueprint;

use crate::{aws, clusters, stage};

const TEMPLATE: &str = "lt-0a1b2c3d4e5f60718";

fn cluster() -> Blueprint {
    clusters::with(|managed| {
        let main = managed.pools.iter_mut().find(|pool| pool.name == "main").unwrap();
        main.image = "ami of launch template version 3".to_owned();
        main.extra.insert("amiType".to_owned(), json!("CUSTOM"));
        main.extra.insert("launchTemplate".to_owned(), json!({ "name": "main-nodes", "id": TEMPLATE, "version": "3" }));
    })
}

/// The version of the group's launch template, and the minors of its nodes.
fn standing(served: &Served) -> (String, Vec<Minor>) {
    served.cloud(|cloud| {
        let main = &cloud.now().pools["main"];
        let template = main.spec.extra["launchTemplate"]["version"].as_str().unwrap().to_owned();
        let mut minors: Vec<Minor> = main.members.values().map(|member| member.version.minor()).collect();
        minors.dedup();
        (template, minors)
    })
}

#[test]
fn it_goes_to_the_version_of_its_launch_template_that_the_plan_names() {
    let Some(served) = stage::begin(cluster()) else { return };
    let person = Person::at(&served);
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let asked = flat(&person.run("plan --to 1.34 --pool main").out);
    assert!(asked.contains("--launch-template main=VERSION; without that it waits until somebody has"), "{asked}");
    let plan = flat(&person.run("plan --details --to 1.35 --pool main --launch-template main=4").out);
    let call = "UpdateNodegroupVersion nodegroupName=main launchTemplate.version=4";
    assert_eq!(plan.matches("UpdateNodegroupVersion").count(), 1, "with its last move alone: {plan}");
    assert!(plan.contains(call), "{plan}");
    let _ = person.run("run --yes --to 1.35 --pool main --launch-template main=4").exits(0);
    assert_eq!(standing(&served), ("4".to_owned(), vec![Minor::new(1, 35)]));
    let none = person.run("plan --to 1.36 --launch-template system=2").exits(2);
    let _ = none.says(&["pool system has no launch template", "leave --launch-template away"]);
}

#[test]
fn a_run_that_names_none_waits_until_somebody_has_updated_the_group() {
    let Some(served) = stage::begin(cluster()) else { return };
    let person = Person::at(&served);
    std::thread::scope(|scope| {
        let run = scope.spawn(|| person.run("run --yes --to 1.34 --pool main"));
        served.until("the control plane", || {
            let seen = served.cloud(|cloud| cloud.now().clone());
            let idle = seen.operations.iter().all(|one| one.state.ended());
            (idle && seen.control_plane.version.minor() == Minor::new(1, 34)).then_some(())
        });
        let update = "update-nodegroup-version --cluster-name sandbox-eks --nodegroup-name main --launch-template";
        let words = format!("{update} id={TEMPLATE},version=4");
        let begun = served.until("the update", || {
            // The run may be at the add-ons still, whose updates do not keep it away.
            let said = aws::aws(&served.endpoint, "eks", &words.split_whitespace().collect::<Vec<_>>());
            said.ok.then_some(said)
        });
        assert!(begun.ok);
        let _ = run.join().unwrap().exits(0).says(&["update the group to that"]);
    });
    assert_eq!(standing(&served), ("4".to_owned(), vec![Minor::new(1, 34)]));
}
