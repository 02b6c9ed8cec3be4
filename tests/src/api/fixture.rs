//! A made-up cluster, read from a folder of `tests/fixtures`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::plugin;

/// What one fixture's API server serves.
///
/// In a folder: `server.yaml` with the fields below, and `objects.yaml` with the objects, one document each. `@NOW@` in
/// them stands for the moment of reading: a Lease or a heartbeat that is not old.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Fixture {
    /// What the fixture shows.
    pub about: String,
    /// `gitVersion` of `GET /version`.
    pub git_version: String,
    /// The groups and versions served beside `v1`, preferred versions first.
    pub served: Vec<String>,
    /// Other paths that are answered, with what they answer: pod proxies, for example.
    #[serde(default)]
    pub paths: BTreeMap<String, Value>,
    /// What the user may not do.
    #[serde(default)]
    pub forbidden: Vec<Rule>,
    /// Whether every request is answered 401.
    #[serde(default)]
    pub unauthorized: bool,
    /// The objects.
    #[serde(skip)]
    pub objects: Vec<Value>,
}

/// Something that the user may not do.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `get`, `list`, `create`, …
    pub verb: String,
    /// The plural, with its subresource: `pods/eviction`.
    pub resource: String,
}

impl Fixture {
    /// Reads `tests/fixtures/NAME`.
    #[must_use]
    pub fn read(name: &str) -> Self {
        let folder = plugin::root().join("tests/fixtures").join(name);
        let text = |file: &str| {
            let path = folder.join(file);
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            text.replace("@NOW@", &format!("{:.6}", jiff::Timestamp::now()))
        };
        let mut fixture: Self =
            serde_saphyr::from_str(&text("server.yaml")).unwrap_or_else(|error| panic!("{name}/server.yaml: {error}"));
        fixture.objects = serde_saphyr::from_multiple(&text("objects.yaml"))
            .unwrap_or_else(|error| panic!("{name}/objects.yaml: {error}"));
        fixture
    }

    /// The same cluster for a user who may not do that.
    #[must_use]
    pub fn forbidding(mut self, verb: &str, resource: &str) -> Self {
        self.forbidden.push(Rule { verb: verb.to_owned(), resource: resource.to_owned() });
        self
    }

    pub(super) fn serves(&self, group_version: &str) -> bool {
        group_version == "v1" || self.served.iter().any(|served| served == group_version)
    }

    pub(super) fn forbids(&self, verb: &str, resource: &str) -> bool {
        self.forbidden.iter().any(|rule| rule.verb == verb && rule.resource == resource)
    }
}

#[cfg(test)]
mod tests {
    use super::Fixture;
    use crate::plugin;

    #[test]
    fn every_folder_is_a_fixture() {
        let folders = std::fs::read_dir(plugin::root().join("tests/fixtures")).expect("the fixtures");
        let names: Vec<_> = folders.map(|entry| entry.expect("a folder").file_name()).collect();
        assert!(names.len() > 20, "{names:?}");
        for name in names {
            let name = name.to_str().expect("a UTF-8 name");
            let fixture = Fixture::read(name);
            assert!(fixture.git_version.starts_with('v'), "{name}");
            assert!(fixture.objects.iter().any(|object| object["kind"] == "Node"), "{name}");
            assert!(fixture.objects.iter().all(|object| object["metadata"]["name"].is_string()), "{name}");
        }
    }
}
