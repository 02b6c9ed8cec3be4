use serde_json::json;

use super::*;

fn manager(name: &str) -> Manager<'_> {
    Manager { name, group: "", version: "v1", subresource: "", now: "2026-11-22T15:39:08Z" }
}

fn map(data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ssa", "namespace": "x"}, "data": data})
}

fn names(object: &Value) -> Vec<String> {
    managers::read(object).iter().map(Managed::shown).collect()
}

#[test]
fn a_first_apply_owns_what_it_sets() {
    let made = apply(None, &map(json!({"k": "1"})), &manager("first"), false).unwrap();
    let entry = json!({
        "manager": "first", "operation": "Apply", "apiVersion": "v1", "time": "2026-11-22T15:39:08Z",
        "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {"f:k": {}}}
    });
    assert_eq!(made["metadata"]["managedFields"], json!([entry]));
    assert_eq!(made["data"], json!({"k": "1"}));
}

#[test]
fn another_manager_conflicts_shares_or_forces() {
    let made = apply(None, &map(json!({"k": "1"})), &manager("first"), false).unwrap();
    let conflict = apply(Some(&made), &map(json!({"k": "2"})), &manager("second"), false).unwrap_err();
    assert_eq!(conflict.to_string(), "Apply failed with 1 conflict: conflict with \"first\": .data.k");
    let shared = apply(Some(&made), &map(json!({"k": "1"})), &manager("second"), false).unwrap();
    assert_eq!(names(&shared), ["\"second\"", "\"first\""]);
    let forced = apply(Some(&made), &map(json!({"k": "2"})), &manager("second"), true).unwrap();
    assert_eq!(names(&forced), ["\"second\""]);
    assert_eq!(forced["data"], json!({"k": "2"}));
}

#[test]
fn what_is_not_applied_any_more_goes_unless_others_hold_it() {
    let made = apply(None, &map(json!({"a": "1", "b": "1"})), &manager("first"), false).unwrap();
    let shared = apply(Some(&made), &map(json!({"b": "1"})), &manager("second"), false).unwrap();
    let left = apply(Some(&shared), &map(json!({"c": "1"})), &manager("first"), false).unwrap();
    assert_eq!(left["data"], json!({"b": "1", "c": "1"}));
}

#[test]
fn elements_of_lists_are_owned_one_by_one() {
    let pod = |containers: Value| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": containers}});
    let made = apply(
        None,
        &pod(json!([{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}])),
        &manager("first"),
        false,
    )
    .unwrap();
    let next = apply(Some(&made), &pod(json!([{"name": "c", "image": "c:1"}])), &manager("second"), false).unwrap();
    let last = apply(Some(&next), &pod(json!([{"name": "b", "image": "b:2"}])), &manager("first"), false).unwrap();
    assert_eq!(last["spec"]["containers"], json!([{"name": "b", "image": "b:2"}, {"name": "c", "image": "c:1"}]));
    assert!(matches!(apply(None, &pod(json!([{"image": "a"}])), &manager("x"), false), Err(ApplyError::Untyped(_))));
}

#[test]
fn an_update_takes_over_and_is_in_the_way_of_the_next_apply() {
    let made = apply(None, &map(json!({"k": "1", "l": "1"})), &manager("first"), false).unwrap();
    let mut updated = made.clone();
    updated["data"]["k"] = json!("2");
    note(Some(&made), &mut updated, &manager("kubectl-edit"));
    assert_eq!(names(&updated), ["\"first\"", "\"kubectl-edit\" using v1"]);
    let conflict = apply(Some(&updated), &map(json!({"k": "1", "l": "1"})), &manager("first"), false).unwrap_err();
    let text = "Apply failed with 1 conflict: conflict with \"kubectl-edit\" using v1: .data.k";
    assert_eq!(conflict.to_string(), text);
}

#[test]
fn what_nobody_managed_was_there_before() {
    let live = map(json!({"k": "1"}));
    let mut same = live.clone();
    note(Some(&live), &mut same, &manager("kubectl-edit"));
    assert_eq!(same, live);
    let conflict = apply(Some(&live), &map(json!({"k": "2"})), &manager("first"), false).unwrap_err();
    assert!(conflict.to_string().contains("\"before-first-apply\" using v1"), "{conflict}");
}

#[test]
fn applying_the_same_again_changes_nothing() {
    let object = map(json!({"k": "1"}));
    let made = apply(None, &object, &manager("first"), false).unwrap();
    let later = Manager { now: "2026-11-22T16:00:00Z", ..manager("first") };
    assert_eq!(apply(Some(&made), &object, &later, false).unwrap(), made);
}

#[test]
fn several_conflicts_are_told_by_manager() {
    let made = apply(None, &map(json!({"a": "1", "b": "1"})), &manager("first"), false).unwrap();
    let conflict = apply(Some(&made), &map(json!({"a": "2", "b": "2"})), &manager("second"), false).unwrap_err();
    assert_eq!(conflict.to_string(), "Apply failed with 2 conflicts: conflicts with \"first\":\n- .data.a\n- .data.b");
}
