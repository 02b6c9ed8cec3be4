//! CoreDNS, whose image the tool changes.

use super::*;
use crate::components::Care;
use crate::inventory::Dns;

const COREFILE: &str =
    ".:53 {\n  kubernetes cluster.local {\n    pods insecure\n  }\n  forward . /etc/resolv.conf\n}\n";

fn with_dns(version: &Version, dns: &str, corefile: Option<&str>) -> (Inventory, Components) {
    let (mut inventory, mut components) = hand_built(version);
    let image = format!("reg.example/dns/coredns:v{dns}");
    inventory.components.push(Instance {
        component: Component::CoreDns,
        place: Place::Deployment("coredns".to_owned()),
        version: dns.parse().unwrap(),
        source: VersionSource::WorkloadImage,
        detail: Some(image.clone()),
    });
    let corefile = corefile.map(str::to_owned);
    inventory.dns = Some(Dns { container: "dns".to_owned(), image, wanted: 2, renewed: 2, corefile });
    components.coredns = Care::Automatic;
    (inventory, components)
}

fn changes(plan: &Plan) -> Vec<(String, String)> {
    plan.steps()
        .filter_map(|step| match &step.action {
            Action::Component(ComponentAction::CoreDnsImage(dns)) => {
                assert_eq!(dns.container, "dns");
                Some((dns.replaces.clone(), dns.image.clone()))
            }
            _ => None,
        })
        .collect()
}

fn pair(before: &str, after: &str) -> (String, String) {
    let image = |version: &str| format!("reg.example/dns/coredns:v{version}");
    (image(before), image(after))
}

#[test]
fn its_image_is_changed_last_in_each_hop_and_first_on_the_way_back() {
    let (inventory, components) = with_dns(&Version::new(1, 33, 5), "1.12.0", Some(COREFILE));
    let plan = planned(&inventory, &components, "1.35.9").unwrap();
    assert_eq!(changes(&plan), [pair("1.12.0", "1.12.1"), pair("1.12.1", "1.13.1")]);
    assert_eq!(plan.stages.last().unwrap().kind, StageKind::Addons);
    assert!(lint(&plan, &inventory, &Facts::embedded()).is_empty());

    let (after, _) = with_dns(&Version::new(1, 35, 9), "1.13.1", None);
    let way = way_back(plan.clone(), &after);
    assert_eq!(changes(&way), [pair("1.13.1", "1.12.1")]);
    assert_eq!(way.stages[1].kind, StageKind::Addons);
    let (elsewhere, _) = with_dns(&Version::new(1, 35, 9), "1.14.0", None);
    assert!(changes(&way_back(plan, &elsewhere)).is_empty(), "somebody has moved it on");
}

#[test]
fn a_corefile_that_the_new_one_exits_over_or_that_was_not_seen_makes_no_plan() {
    let old = COREFILE.replace("pods insecure", "transfer to *");
    let from = Version::new(1, 20, 2);
    for (corefile, expected) in [
        (Some(old.as_str()), "CoreDNS cannot be taken to 1.8.0: its Corefile has transfer of kubernetes, gone from"),
        (None, "CoreDNS cannot be taken to 1.8.0: no Corefile was seen in ConfigMap kube-system/coredns"),
    ] {
        let (inventory, mut components) = with_dns(&from, "1.7.0", corefile);
        let error = planned(&inventory, &components, "1.21.14").unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
        components.coredns = Care::Manual;
        let plan = planned(&inventory, &components, "1.21.14").unwrap();
        let told = plan.steps().filter_map(|step| match &step.action {
            Action::Component(ComponentAction::CoreDns { how, .. }) => Some(how.join("\n")),
            _ => None,
        });
        assert_eq!(told.last().unwrap().contains("in it now: transfer of kubernetes"), corefile.is_some());
    }
}

#[test]
fn another_image_than_the_planned_ones_is_a_drift_and_old_pods_are_waited_for() {
    let (inventory, components) = with_dns(&FROM, "1.12.1", Some(COREFILE));
    let plan = planned(&inventory, &components, "1.35.9").unwrap();
    let step = plan.steps().last().unwrap();
    let verdict = |conditions: &[Condition], dns: Dns| {
        let seen = Inventory { dns: Some(dns), ..inventory.clone() };
        let step = Step { goal: conditions.to_vec(), ..step.clone() };
        crate::gate::unmet(&step, &seen, seen.observed_at).is_empty()
    };
    let dns = |image: &str, renewed: u32| {
        let image = format!("reg.example/dns/coredns:v{image}");
        Dns { container: "dns".to_owned(), image, wanted: 2, renewed, corefile: None }
    };
    assert!(verdict(&step.expects, dns("1.12.1", 2)) && !verdict(&step.goal, dns("1.12.1", 2)));
    assert!(verdict(&step.expects, dns("1.13.1", 1)) && !verdict(&step.goal, dns("1.13.1", 1)));
    assert!(verdict(&step.goal, dns("1.13.1", 2)) && !verdict(&step.expects, dns("1.12.9", 2)));
}
