//! How an operation stands, in one line that says each thing once.

use upgrade_core::event::BlockedPod;

/// Different refusals named in one line; the pods of the others are counted.
const REFUSALS: usize = 3;

/// What the operation said last, then what its blocked pods wait for: pods refused for the same reason together.
pub(crate) fn standing(text: &str, blocked: &[BlockedPod]) -> String {
    let mut refusals: Vec<(String, Vec<&BlockedPod>)> = Vec::new();
    for pod in blocked {
        let why = why(pod);
        match refusals.iter_mut().find(|(known, _)| *known == why) {
            Some((_, pods)) => pods.push(pod),
            None => refusals.push((why, vec![pod])),
        }
    }
    let mut parts: Vec<String> = if text.is_empty() { Vec::new() } else { vec![text.to_owned()] };
    parts.extend(refusals.iter().take(REFUSALS).map(|(why, pods)| format!("waiting for {} ({why})", named(pods))));
    let unnamed: usize = refusals.iter().skip(REFUSALS).map(|(_, pods)| pods.len()).sum();
    if unnamed > 0 {
        parts.push(format!("and {unnamed} more"));
    }
    parts.join(" · ")
}

/// The budgets with their numbers; the server's own words only where no budget is known.
fn why(pod: &BlockedPod) -> String {
    if pod.budgets.is_empty() { pod.refusal.clone() } else { format!("budget {}", pod.budgets.join("; ")) }
}

fn named(pods: &[&BlockedPod]) -> String {
    let first = pods.first().map(|pod| pod.pod.to_string()).unwrap_or_default();
    if pods.len() > 1 { format!("{first} and {} more", pods.len() - 1) } else { first }
}

#[cfg(test)]
mod tests {
    use upgrade_core::ids::{NodeName, ObjectName};

    use super::*;

    fn blocked(pod: &str, budgets: &[&str]) -> BlockedPod {
        let budgets = budgets.iter().map(ToString::to_string).collect();
        let refusal = "The disruption budget needs 1 healthy pods and has 1 currently".to_owned();
        BlockedPod { pod: ObjectName::new("shop", pod), node: NodeName::new("w1"), budgets, refusal }
    }

    #[test]
    fn each_thing_is_said_once() {
        let db = ["shop/db: needs 1 healthy, has 1, expected 2"];
        for (text, pods, said) in [
            ("1 of 3 pods gone", vec![], "1 of 3 pods gone"),
            (
                "1 of 3 pods gone",
                vec![blocked("db-0", &db)],
                "1 of 3 pods gone · waiting for shop/db-0 (budget shop/db: needs 1 healthy, has 1, expected 2)",
            ),
            (
                "",
                vec![blocked("db-0", &db), blocked("web-1", &["shop/web: needs 2"]), blocked("db-1", &db)],
                "waiting for shop/db-0 and 1 more (budget shop/db: needs 1 healthy, has 1, expected 2) · \
                 waiting for shop/web-1 (budget shop/web: needs 2)",
            ),
            (
                "",
                vec![blocked("db-0", &[])],
                "waiting for shop/db-0 (The disruption budget needs 1 healthy pods and has 1 currently)",
            ),
        ] {
            assert_eq!(standing(text, &pods), said);
        }
    }

    #[test]
    fn many_refusals_are_counted() {
        let pods: Vec<_> = (0..6).map(|n| blocked(&format!("web-{n}"), &[&format!("shop/web-{n}: needs 1")])).collect();
        let said = standing("", &pods);
        assert!(said.ends_with("waiting for shop/web-2 (budget shop/web-2: needs 1) · and 3 more"), "{said}");
    }
}
