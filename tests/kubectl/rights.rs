//! Rights: asked for, and missing.

use upgrade_twin::api::{Rule, User};

use crate::session::{Session, with_each, with_ends};

#[test]
fn the_administrator_may_do_everything() {
    with_each(|session| {
        assert_eq!(session.tell(&["auth", "can-i", "create", "pods/eviction", "-n", "kube-system"]), "yes\n");
        assert_eq!(session.tell(&["auth", "can-i", "get", "/metrics"]), "yes\n");
        assert!(session.tell(&["auth", "can-i", "--list"]).contains("*.*"));
        if session.client_since(28) && session.server_since(28) {
            assert!(session.tell(&["auth", "whoami"]).contains("kubernetes-admin"));
        }
        assert!(session.tell(&["get", "--raw", "/metrics"]).contains("kubernetes_build_info{"));
    });
}

/// Lets there be a user who may look at nodes and pods.
fn guard(session: &Session) {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let look = Rule {
        verbs: words(&["get", "list", "watch"]),
        groups: words(&[""]),
        resources: words(&["nodes", "pods"]),
        ..Rule::default()
    };
    let viewer = User { name: "viewer".to_owned(), groups: Vec::new(), token: "v".to_owned(), rules: vec![look] };
    session.twin.with(|world| world.api.users.push(viewer));
}

#[test]
fn others_may_do_what_they_may() {
    with_ends(|session| {
        guard(session);
        // kubectl shows no token where nothing is encrypted: it is played by the administrator.
        let ask = |arguments: &[&str]| session.ask(&[arguments, &["--as", "viewer"]].concat());
        assert_eq!(ask(&["get", "nodes", "-o", "name"]).out.lines().count(), 3);
        let refused = ask(&["label", "node", "w1", "disk=ssd"]);
        assert!(!refused.ok);
        let why = "nodes \"w1\" is forbidden: User \"viewer\" cannot patch resource \"nodes\" in API group \"\" at the \
                   cluster scope";
        assert!(refused.err.contains(why), "{}", refused.err);
        let asked = ask(&["auth", "can-i", "patch", "nodes"]);
        assert_eq!((asked.ok, asked.out.lines().next()), (false, Some("no")), "{}", asked.err);
        session.tell(&["label", "node", "w1", "disk=ssd"]);
    });
}
