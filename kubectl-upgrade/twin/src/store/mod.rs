//! Everything the simulated API server keeps, with its history.
//!
//! Objects are kept as text once and read far more often than changed, so a list is put together without parsing
//! anything. What selectors, controllers and the scheduler ask of an object is kept beside it. No rules of the API live
//! here: the store only numbers changes, remembers them for watches, and finds things.

mod history;
mod mould;
mod object;
mod past;
mod resource;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use history::History;
pub use history::{Change, Compacted};
pub(crate) use mould::{Fill, Mould, blank};
pub use object::{Object, ObjectKey, Owner, Requests, Summary};
pub use resource::Resource;

/// The objects of a cluster.
#[derive(Debug, Default)]
pub struct Store {
    version: u64,
    created: u64,
    objects: BTreeMap<ObjectKey, Arc<Object>>,
    owned: BTreeMap<String, BTreeSet<ObjectKey>>,
    on_node: BTreeMap<String, BTreeSet<ObjectKey>>,
    history: History,
    /// What the controllers have not been told of yet.
    untold: Vec<Change>,
}

/// What was kept of every object at a moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot(BTreeMap<ObjectKey, Arc<Object>>);

/// Why the store did not change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is one of that name.
    #[error("{0} already exists")]
    Exists(ObjectKey),
    /// There is none of that name.
    #[error("{0} not found")]
    NotFound(ObjectKey),
    /// It has changed since the resource version that was expected.
    #[error("{0} has been modified")]
    Conflict(ObjectKey),
}

impl Store {
    /// The resource version of the latest change.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// One object.
    #[must_use]
    pub fn get(&self, key: &ObjectKey) -> Option<&Arc<Object>> {
        self.objects.get(key)
    }

    /// One object, parsed.
    #[must_use]
    pub fn value(&self, key: &ObjectKey) -> Option<Value> {
        self.objects.get(key).map(|object| object.value())
    }

    /// The objects of a resource in order of namespace and name, of one namespace or of all, after a key where one is
    /// given.
    pub fn list<'a>(
        &'a self,
        resource: Resource,
        namespace: Option<&'a str>,
        after: Option<&ObjectKey>,
    ) -> impl Iterator<Item = &'a Arc<Object>> + use<'a> {
        let first = ObjectKey::first(resource, namespace);
        let start = after.map_or(Bound::Included(first), |key| Bound::Excluded(key.clone()));
        let inside = move |key: &ObjectKey| {
            key.resource == resource && namespace.is_none_or(|namespace| key.namespace == namespace)
        };
        self.objects.range((start, Bound::Unbounded)).take_while(move |(key, _)| inside(key)).map(|(_, object)| object)
    }

    /// The objects of a resource as they were at a version, in order of namespace and name.
    ///
    /// # Errors
    /// When the history does not reach back so far.
    pub fn as_of(
        &self,
        resource: Resource,
        namespace: Option<&str>,
        version: u64,
    ) -> Result<Vec<Arc<Object>>, Compacted> {
        Ok(self.list_at(resource, namespace, None, version)?.collect())
    }

    /// As [`Self::as_of`], one by one, after a key where one is given.
    ///
    /// # Errors
    /// When the history does not reach back so far.
    pub fn list_at<'a>(
        &'a self,
        resource: Resource,
        namespace: Option<&'a str>,
        after: Option<&ObjectKey>,
        version: u64,
    ) -> Result<impl Iterator<Item = Arc<Object>> + use<'a>, Compacted> {
        let mut then = BTreeMap::new();
        for change in self.history.since(version)? {
            let key = &change.object.key;
            let inside = key.resource == resource && namespace.is_none_or(|namespace| key.namespace == namespace);
            if inside && after.is_none_or(|after| key > after) {
                then.entry(key.clone()).or_insert_with(|| change.before.clone());
            }
        }
        Ok(past::overlay(self.list(resource, namespace, after), then))
    }

    /// The changes after a version, in order.
    ///
    /// # Errors
    /// When the history does not reach back so far.
    pub fn since(&self, version: u64) -> Result<impl Iterator<Item = &Change>, Compacted> {
        self.history.since(version)
    }

    /// Forgets the history up to a version, as etcd's compaction does.
    pub fn compact(&mut self, version: u64) {
        self.history.compact(version);
    }

    /// The pods bound to a node.
    pub fn pods_on(&self, node: &str) -> impl Iterator<Item = &Arc<Object>> {
        let keys = self.on_node.get(node).into_iter().flatten();
        keys.filter_map(|key| self.objects.get(key))
    }

    /// The objects that a controller of that UID owns.
    pub fn owned_by(&self, uid: &str) -> impl Iterator<Item = &Arc<Object>> {
        let keys = self.owned.get(uid).into_iter().flatten();
        keys.filter_map(|key| self.objects.get(key))
    }

    /// Adds an object. Its UID, creation time, generation and resource version are set where they are missing.
    ///
    /// # Errors
    /// When there is one of that name.
    pub fn create(&mut self, resource: Resource, mut value: Value, now: Timestamp) -> Result<Arc<Object>, StoreError> {
        self.created += 1;
        object::complete(&mut value, self.created, now);
        let key = ObjectKey::of(resource, &value);
        if self.objects.contains_key(&key) {
            return Err(StoreError::Exists(key));
        }
        Ok(self.put(key, value))
    }

    /// Adds one of many that are alike.
    ///
    /// # Errors
    /// When there is one of that name.
    pub(crate) fn cast(&mut self, mould: &Mould, name: &str, fill: &Fill<'_>) -> Result<Arc<Object>, StoreError> {
        self.created += 1;
        let key = mould.key(name);
        if self.objects.contains_key(&key) {
            return Err(StoreError::Exists(key));
        }
        Ok(self.keep(mould.cast(key, self.created, self.version + 1, fill)))
    }

    /// What an object would be like, were it kept.
    pub(crate) fn draft(&mut self, resource: Resource, mut value: Value, now: Timestamp) -> Object {
        self.created += 1;
        object::complete(&mut value, self.created, now);
        Object::draft(ObjectKey::of(resource, &value), value)
    }

    /// Replaces an object as a whole. `expected` is the resource version it must have. The caller minds the generation.
    ///
    /// # Errors
    /// When there is none, or it has another version.
    pub fn replace(&mut self, key: &ObjectKey, value: Value, expected: Option<u64>) -> Result<Arc<Object>, StoreError> {
        let before = self.objects.get(key).ok_or_else(|| StoreError::NotFound(key.clone()))?;
        if expected.is_some_and(|expected| expected != before.version) {
            return Err(StoreError::Conflict(key.clone()));
        }
        if object::same(&before.value(), &value) {
            return Ok(Arc::clone(before));
        }
        Ok(self.put(key.clone(), value))
    }

    /// Changes an object in place; none where there is none. A change that changes nothing gets no new version.
    pub fn modify(&mut self, key: &ObjectKey, change: impl FnOnce(&mut Value)) -> Option<Arc<Object>> {
        let before = self.objects.get(key)?;
        let old = before.value();
        let mut value = old.clone();
        change(&mut value);
        if object::same(&old, &value) {
            return Some(Arc::clone(before));
        }
        Some(self.put(key.clone(), value))
    }

    /// Changes an object's text without a change of the world: no new version, no history, nobody told. Only for what
    /// moves all the time and nobody waits for, such as the times of heartbeats; names, owners, labels must stay.
    pub(crate) fn touch(&mut self, key: &ObjectKey, change: impl FnOnce(&str) -> Option<String>) {
        let Some(object) = self.objects.get_mut(key) else { return };
        if let Some(body) = change(&object.body) {
            let (key, summary) = (object.key.clone(), object.summary.clone());
            *object = Arc::new(Object { key, version: object.version, body: body.into(), summary });
        }
    }

    /// The resources of which there are objects.
    pub(crate) fn resources(&self) -> Vec<Resource> {
        let mut resources: Vec<Resource> = self.objects.keys().map(|key| key.resource).collect();
        resources.dedup();
        resources
    }

    /// Takes an object away and returns what it last was.
    pub fn remove(&mut self, key: &ObjectKey) -> Option<Arc<Object>> {
        let last = self.objects.remove(key)?;
        self.unindex(&last);
        self.version += 1;
        // A watch shows a deleted object with the version of its deletion.
        let gone = Arc::new(Object::new(key.clone(), last.value(), self.version));
        self.remember(Change { before: Some(last), object: Arc::clone(&gone), deleted: true });
        Some(gone)
    }

    /// What has changed since this was last asked.
    pub fn take_untold(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.untold)
    }

    /// Every object as it is now.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot(self.objects.clone())
    }

    /// Puts every object back to what it was in the snapshot. Versions go on counting, so that whoever watches sees it happen.
    pub(crate) fn put_back(&mut self, snapshot: &Snapshot) {
        let gone: Vec<ObjectKey> = self.objects.keys().filter(|key| !snapshot.0.contains_key(key)).cloned().collect();
        for key in gone {
            self.remove(&key);
        }
        for (key, object) in &snapshot.0 {
            if self.objects.get(key).is_none_or(|now| now.version != object.version) {
                self.put(key.clone(), object.value());
            }
        }
    }

    fn put(&mut self, key: ObjectKey, value: Value) -> Arc<Object> {
        self.keep(Object::new(key, value, self.version + 1))
    }

    fn keep(&mut self, object: Object) -> Arc<Object> {
        self.version = object.version;
        let object = Arc::new(object);
        let before = self.objects.insert(object.key.clone(), Arc::clone(&object));
        if let Some(before) = &before {
            self.unindex(before);
        }
        self.index(&object);
        self.remember(Change { before, object: Arc::clone(&object), deleted: false });
        object
    }

    fn remember(&mut self, change: Change) {
        self.untold.push(change.clone());
        self.history.push(change);
    }

    fn index(&mut self, object: &Object) {
        if let Some(owner) = &object.summary.owner {
            self.owned.entry(owner.uid.clone()).or_default().insert(object.key.clone());
        }
        if let Some(node) = &object.summary.node {
            self.on_node.entry(node.clone()).or_default().insert(object.key.clone());
        }
    }

    fn unindex(&mut self, object: &Object) {
        if let Some(owner) = &object.summary.owner {
            forget(&mut self.owned, &owner.uid, &object.key);
        }
        if let Some(node) = &object.summary.node {
            forget(&mut self.on_node, node, &object.key);
        }
    }
}

fn forget(index: &mut BTreeMap<String, BTreeSet<ObjectKey>>, under: &str, key: &ObjectKey) {
    if let Some(keys) = index.get_mut(under) {
        keys.remove(key);
        if keys.is_empty() {
            index.remove(under);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(name: &str, node: &str) -> Value {
        json!({"metadata": {"name": name, "namespace": "shop", "labels": {"app": "web"}}, "spec": {"nodeName": node}})
    }

    fn filled() -> Store {
        let mut store = Store::default();
        for name in ["a", "b", "c"] {
            store.create(Resource::PODS, pod(name, "w1"), Timestamp::UNIX_EPOCH).unwrap();
        }
        store
    }

    fn names<'a>(objects: impl IntoIterator<Item = &'a Arc<Object>>) -> Vec<&'a str> {
        objects.into_iter().map(|object| object.key.name.as_str()).collect()
    }

    #[test]
    fn lists_are_ordered_and_go_on_after_a_key() {
        let store = filled();
        let after = ObjectKey::new(Resource::PODS, "shop", "a");
        assert_eq!(names(store.list(Resource::PODS, None, None)), ["a", "b", "c"]);
        assert_eq!(names(store.list(Resource::PODS, Some("shop"), Some(&after))), ["b", "c"]);
        assert_eq!(names(store.list(Resource::PODS, Some("other"), None)), Vec::<&str>::new());
        assert_eq!(names(store.list(Resource::NODES, None, None)), Vec::<&str>::new());
    }

    #[test]
    fn the_past_is_kept_until_it_is_compacted() {
        let mut store = filled();
        let then = store.version();
        store.remove(&ObjectKey::new(Resource::PODS, "shop", "b"));
        store.create(Resource::PODS, pod("d", "w1"), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(names(&store.as_of(Resource::PODS, None, then).unwrap()), ["a", "b", "c"]);
        assert_eq!(store.since(then).unwrap().count(), 2);
        store.compact(store.version());
        assert!(store.as_of(Resource::PODS, None, then).is_err());
        assert!(store.since(then).is_err());
    }

    #[test]
    fn a_stale_version_is_a_conflict_and_no_change_is_none() {
        let mut store = filled();
        let key = ObjectKey::new(Resource::PODS, "shop", "a");
        let version = store.get(&key).unwrap().version;
        let same = store.value(&key).unwrap();
        assert_eq!(store.replace(&key, same, Some(version)).unwrap().version, version);
        store.modify(&key, |pod| crate::json::set(pod, &["spec", "nodeName"], "w2")).unwrap();
        assert_eq!(store.replace(&key, json!({}), Some(version)).unwrap_err(), StoreError::Conflict(key.clone()));
        assert_eq!(names(store.pods_on("w2")), ["a"]);
        assert_eq!(names(store.pods_on("w1")), ["b", "c"]);
    }
}
