//! Questions about rights and identity, which are answered and not kept.

use serde_json::{Value, json};

use super::access::{Caller, Wish};
use crate::api::catalogue::Entry;
use crate::api::record::State;
use crate::api::refusal::Refusal;
use crate::api::reply::Reply;
use crate::api::route::Asked;
use crate::api::target::Target;
use crate::json::{at, items, set, text};

/// Whether creating one of these is a question.
pub(crate) fn is_review(entry: &Entry) -> bool {
    matches!(entry.group, "authorization.k8s.io" | "authentication.k8s.io")
}

/// The question with its answer.
pub(crate) fn review(state: &State, asked: &Asked<'_>, target: &Target) -> Result<Reply, Refusal> {
    let caller = Caller::of(state, asked.call, asked.minor())?;
    let mut review = asked.call.json()?;
    let status = match target.entry.kind {
        "SelfSubjectAccessReview" => access(&caller, at(&review, "/spec")),
        "SubjectAccessReview" | "LocalSubjectAccessReview" => {
            let groups = items(&review, "/spec/groups").filter_map(Value::as_str).collect();
            access(&Caller::named(state, text(&review, "/spec/user"), groups), at(&review, "/spec"))
        }
        "SelfSubjectRulesReview" => rules(&caller, text(&review, "/spec/namespace")),
        "SelfSubjectReview" => json!({"userInfo": {"username": caller.name, "groups": caller.groups}}),
        _ => json!({"authenticated": false, "user": {}, "error": "tokens are not reviewed by a simulated cluster"}),
    };
    set(&mut review, &["kind"], target.entry.kind);
    set(&mut review, &["apiVersion"], target.entry.api_version());
    if at(&review, "/metadata").is_null() {
        set(&mut review, &["metadata"], json!({"creationTimestamp": null}));
    }
    set(&mut review, &["status"], status);
    Ok(Reply::json(201, format!("{review}\n")))
}

fn access(caller: &Caller<'_>, spec: &Value) -> Value {
    let wanted = at(spec, "/resourceAttributes");
    let allowed = if wanted.is_null() {
        caller.may_read(text(spec, "/nonResourceAttributes/path"))
    } else {
        caller.may(&Wish {
            verb: text(wanted, "/verb"),
            group: text(wanted, "/group"),
            resource: text(wanted, "/resource"),
            subresource: text(wanted, "/subresource"),
            namespace: text(wanted, "/namespace"),
            name: text(wanted, "/name"),
        })
    };
    json!({"allowed": allowed})
}

fn rules(caller: &Caller<'_>, namespace: &str) -> Value {
    let rules = caller.rules(namespace).into_iter().map(|rule| {
        let mut json = json!({"verbs": rule.verbs, "apiGroups": rule.groups, "resources": rule.resources});
        if !rule.names.is_empty() {
            set(&mut json, &["resourceNames"], rule.names);
        }
        json
    });
    json!({
        "resourceRules": rules.collect::<Vec<_>>(),
        "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": caller.paths()}],
        "incomplete": false,
    })
}
