//! The printed runbook of a hand-built cluster, followed with the tool switched off: on its hosts, and with a real kubectl.

use std::process::Command;

use upgrade_core::component::Component;
use upgrade_tests::plugin;
use upgrade_twin::blueprint::Scenario;
use upgrade_twin::hosts::serving;

use crate::session::{Session, with_newest_on};

/// What is printed before a line that is typed on a host as root, and before one that is typed where kubectl is.
const ON_HOST: &str = "$ ";
const WITH_KUBECTL: &str = "by hand   ";

/// One thing to type.
#[derive(Debug, PartialEq, Eq)]
enum Typed {
    On { host: String, text: String },
    Here(String),
}

/// The tool's own words, everything left to a person.
fn printed(session: &Session) -> String {
    let say = |arguments: &[&str]| {
        let output = Command::new(plugin::binary()).args(arguments).output().expect("failed to start the plugin");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let found = say(&["inventory", "--sandbox=hand-built"]);
    let source =
        "source: {url: \"https://mirror.example.com/{version}/bin/{os}/{arch}/{component}\"}\nversions: [1.35.6]";
    let lines = found.lines().map(|line| if line.starts_with("# source:") { source } else { line });
    let file = session.file("components.yaml", &lines.collect::<Vec<_>>().join("\n"));
    say(&["plan", "--sandbox=hand-built", "--components", &file, "--to", "1.35", "--details"])
}

/// What a person would type of it: no line that is for when something does not come up.
fn typed(book: &str) -> Vec<Typed> {
    let (mut host, mut otherwise, mut all) = (String::new(), false, Vec::new());
    let mut lines = book.lines().peekable();
    while let Some(line) = lines.next() {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        if let Some((name, step)) = line.strip_prefix("  ").and_then(|line| line.split_once(' '))
            && !name.is_empty()
            && step.trim_start().starts_with(|char: char| char.is_ascii_digit())
        {
            host = name.to_owned();
        }
        if text.starts_with("# ") {
            otherwise = text.starts_with("# if it does not come up");
        }
        if let Some(line) = text.strip_prefix(WITH_KUBECTL) {
            all.push(Typed::Here(line.to_owned()));
        } else if let Some(first) = text.strip_prefix(ON_HOST).filter(|_| !otherwise) {
            let mut text = first.to_owned();
            // Scripts are printed as they are, from the first column on.
            while lines.peek().is_some_and(|next| !next.starts_with(&" ".repeat(indent))) {
                text.push('\n');
                text.push_str(lines.next().unwrap());
            }
            all.push(match text.starts_with("kubectl ") {
                true => Typed::Here(text),
                false => Typed::On { host: host.clone(), text },
            });
        }
    }
    all
}

#[test]
fn a_printed_runbook_leads_to_the_target_with_the_tool_switched_off() {
    let scenario = Scenario::named("hand-built").unwrap();
    with_newest_on(&scenario.blueprint(), |session| {
        let book = printed(session);
        let steps = typed(&book);
        assert!(steps.len() > 100, "{book}");
        for step in &steps {
            match step {
                Typed::On { host, text } => {
                    let output = session.on_host(host, text.trim_start_matches("sudo "));
                    assert_eq!(output.status, 0, "{step:?}: {}{}", output.stdout, output.stderr);
                }
                Typed::Here(line) => session.typed(line),
            }
        }
        let at = |host: &str, component| session.twin.with(|world| serving(world, host, component));
        for (hosts, components) in [
            (&["cp-1", "cp-2"][..], &[Component::ApiServer, Component::ControllerManager, Component::Scheduler][..]),
            (&["w-1", "w-2", "w-3"], &[Component::Kubelet, Component::KubeProxy]),
        ] {
            for (host, component) in hosts.iter().flat_map(|host| components.iter().map(move |part| (host, part))) {
                assert_eq!(at(host, *component).unwrap().to_string(), "1.35.6", "{component} on {host}");
            }
        }
        let nodes = session.tell(&["get", "nodes", "--no-headers"]);
        assert!(nodes.lines().all(|line| line.contains(" Ready ") && line.ends_with("v1.35.6")), "{nodes}");
        let image = "jsonpath={.spec.template.spec.containers[0].image}";
        let dns = session.tell(&["-n", "kube-system", "get", "deployment", "coredns", "-o", image]);
        assert_eq!(dns, "registry.k8s.io/coredns/coredns:v1.13.1");
    });
}
