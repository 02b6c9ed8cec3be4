//! Label and field selectors, as a list request carries them.

use serde_json::Value;

/// Whether the object's labels satisfy the selector.
pub(super) fn labels_match(object: &Value, selector: &str) -> bool {
    requirements(selector).iter().all(|requirement| {
        let label = |key: &str| object["metadata"]["labels"][key].as_str();
        satisfied(requirement, label)
    })
}

/// Whether the object's fields satisfy the selector. Any path is looked up; absent ones are empty, as on a server.
pub(super) fn fields_match(object: &Value, selector: &str) -> bool {
    requirements(selector).iter().all(|requirement| {
        let field = |path: &str| {
            let found = path.split('.').fold(object, |value, key| &value[key]);
            Some(found.as_str().unwrap_or_default())
        };
        satisfied(requirement, field)
    })
}

/// The parts between commas, those inside brackets left alone.
fn requirements(selector: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for character in selector.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if character == ',' && depth == 0 {
            parts.push(String::new());
        } else {
            parts.last_mut().expect("never empty").push(character);
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

fn satisfied<'a>(requirement: &str, value_of: impl Fn(&str) -> Option<&'a str>) -> bool {
    let set = |text: &str| -> Vec<String> {
        text.trim().trim_matches(['(', ')']).split(',').map(|item| item.trim().to_owned()).collect()
    };
    let is_in =
        |key: &str, text: &str| value_of(key.trim()).is_some_and(|value| set(text).iter().any(|item| item == value));
    if let Some((key, values)) = requirement.split_once(" notin ") {
        !is_in(key, values)
    } else if let Some((key, values)) = requirement.split_once(" in ") {
        is_in(key, values)
    } else if let Some((key, value)) = requirement.split_once("!=") {
        value_of(key.trim()) != Some(value.trim())
    } else if let Some((key, value)) = requirement.split_once('=') {
        value_of(key.trim()) == Some(value.trim_start_matches('=').trim())
    } else if let Some(key) = requirement.strip_prefix('!') {
        value_of(key.trim()).is_none()
    } else {
        value_of(requirement).is_some()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{fields_match, labels_match};

    #[test]
    fn every_form_of_a_label_selector() {
        let object = json!({"metadata": {"labels": {"tier": "control-plane", "role": ""}}});
        let right = [
            "",
            "tier=control-plane",
            "tier==control-plane",
            "tier!=x",
            "tier in (a, control-plane)",
            "role",
            "!absent",
            "tier notin (a,b),role=",
            "absent!=x",
        ];
        let wrong = [
            "tier=x",
            "tier!=control-plane",
            "absent",
            "!tier",
            "tier in (a,b)",
            "tier notin (control-plane)",
            "absent in (a)",
            "role,absent=x",
        ];
        assert!(right.iter().all(|selector| labels_match(&object, selector)));
        assert!(!wrong.iter().any(|selector| labels_match(&object, selector)));
    }

    #[test]
    fn fields_are_found_by_their_path() {
        let object = json!({"metadata": {"name": "web"}, "spec": {"nodeName": "node-1"}});
        assert!(fields_match(&object, "spec.nodeName=node-1,metadata.name!=db"));
        assert!(fields_match(&object, "status.phase!=Running"));
        assert!(!fields_match(&object, "spec.nodeName=node-2"));
    }
}
