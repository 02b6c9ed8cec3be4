//! Questions about rights and identity, which are answered and not kept.

use serde_json::{Value, json};

use super::access::{Caller, Wish};
use crate::api::catalogue::Entry;
use crate::api::record::State;
use crate::api::refusal::{Cause, Refusal};
use crate::api::reply::Reply;
use crate::api::route::Asked;
use crate::api::target::Target;
use crate::json::{at, items, set, text};

/// The first minor that leaves out times that are not set.
const UNSET_LEFT_OUT_SINCE: u16 = 34;

/// Whether creating one of these is a question.
pub(crate) fn is_review(entry: &Entry) -> bool {
    matches!(entry.group, "authorization.k8s.io" | "authentication.k8s.io")
}

/// The question with its answer.
pub(crate) fn review(state: &State, asked: &Asked<'_>, target: &Target) -> Result<Reply, Refusal> {
    let caller = Caller::of(state, asked.call, asked.minor())?;
    let mut review = asked.call.json()?;
    if target.entry.kind == "SelfSubjectAccessReview" {
        check_spec(at(&review, "/spec"))?;
    }
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
        // Times that are not set were written as null.
        let unset = if asked.minor() < UNSET_LEFT_OUT_SINCE { json!({"creationTimestamp": null}) } else { json!({}) };
        set(&mut review, &["metadata"], unset);
    }
    set(&mut review, &["status"], status);
    Ok(Reply::json(201, format!("{review}\n")))
}

/// One thing is asked at a time.
fn check_spec(spec: &Value) -> Result<(), Refusal> {
    let of_resource = !at(spec, "/resourceAttributes").is_null();
    if of_resource == at(spec, "/nonResourceAttributes").is_null() {
        return Ok(());
    }
    let why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    let cause = Cause::invalid("spec.resourceAttributes", &"null".into(), why);
    Err(Refusal::invalid(".authorization.k8s.io", "", &[cause]))
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
