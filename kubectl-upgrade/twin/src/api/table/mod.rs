//! Tables that the server prints for `kubectl get`: lists, single objects and watches.
//!
//! Columns as in pkg/printers/internalversion of Kubernetes 1.36 (read 2026-11-22), with those that came during the minors
//! simulated left away before. Deployments before 1.14 had other columns; those are not simulated.

mod age;
mod config;
mod network;
mod nodes;
mod pods;
mod print;
mod storage;
mod workloads;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::json::at;
use crate::store::Resource;
use print::{Column, Context};

/// Tables as a request asks for them, and who prints them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tables {
    /// The version of `meta.k8s.io`.
    version: &'static str,
    minor: u16,
    include: Include,
    now: Timestamp,
}

/// What of its object goes with each row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Include {
    Nothing,
    Metadata,
    Object,
}

impl Tables {
    /// Tables in a version of `meta.k8s.io`, by a server of that minor.
    pub(crate) fn new(version: &'static str, minor: u16) -> Self {
        Self { version, minor, include: Include::Metadata, now: Timestamp::UNIX_EPOCH }
    }

    /// They, with as much of the objects as the parameter `includeObject` says.
    pub(crate) fn including(self, objects: &str) -> Self {
        let include = match objects {
            "None" => Include::Nothing,
            "Object" => Include::Object,
            _ => Include::Metadata,
        };
        Self { include, ..self }
    }

    /// They, at a time of day: tables tell ages.
    pub(crate) fn at(self, now: Timestamp) -> Self {
        Self { now, ..self }
    }

    /// The table of these objects, each whole with `apiVersion` and `kind`. `metadata` is that of the list.
    pub(crate) fn list(self, resource: Resource, objects: impl IntoIterator<Item = Value>, metadata: &Value) -> Value {
        let printer = self.printer(resource);
        let columns = printer.iter().map(|column| column.definition()).collect();
        let rows = objects.into_iter().map(|object| self.row(&printer, object)).collect();
        self.table(metadata, columns, rows)
    }

    /// The table of one object.
    pub(crate) fn one(self, resource: Resource, object: Value) -> Value {
        let version = json!({"resourceVersion": at(&object, "/metadata/resourceVersion")});
        self.list(resource, [object], &version)
    }

    /// The table of one event of a watch. Only the first has the columns.
    pub(crate) fn event(self, resource: Resource, object: Value, first: bool) -> Value {
        let mut table = self.one(resource, object);
        if !first {
            crate::json::set(&mut table, &["columnDefinitions"], Value::Null);
        }
        table
    }

    /// The table of a bookmark: a row without cells.
    pub(crate) fn bookmark(self, object: &Value) -> Value {
        let version = json!({"resourceVersion": at(object, "/metadata/resourceVersion")});
        let row = json!({"cells": [], "object": self.partial(object)});
        self.table(&version, Value::Null, vec![row].into())
    }

    fn table(self, metadata: &Value, columns: Value, rows: Value) -> Value {
        json!({
            "kind": "Table",
            "apiVersion": self.version,
            "metadata": metadata,
            "columnDefinitions": columns,
            "rows": rows,
        })
    }

    fn printer(self, resource: Resource) -> Vec<&'static Column> {
        columns(resource).iter().filter(|column| column.known(self.minor)).collect()
    }

    fn row(self, printer: &[&Column], object: Value) -> Value {
        let context = Context { minor: self.minor, now: self.now };
        let cells: Vec<Value> = printer.iter().map(|column| (column.cell)(&object, context)).collect();
        let object = match self.include {
            Include::Nothing => Value::Null,
            Include::Metadata => self.partial(&object),
            Include::Object => object,
        };
        json!({"cells": cells, "object": object})
    }

    fn partial(self, object: &Value) -> Value {
        json!({
            "kind": "PartialObjectMetadata",
            "apiVersion": self.version,
            "metadata": at(object, "/metadata"),
        })
    }
}

fn columns(resource: Resource) -> &'static [Column] {
    match resource.plural() {
        "nodes" => nodes::NODES,
        "pods" => pods::PODS,
        "deployments" => workloads::DEPLOYMENTS,
        "replicasets" | "replicationcontrollers" => workloads::REPLICA_SETS,
        "statefulsets" => workloads::STATEFUL_SETS,
        "daemonsets" => workloads::DAEMON_SETS,
        "jobs" => workloads::JOBS,
        "cronjobs" => workloads::CRON_JOBS,
        "services" => network::SERVICES,
        "endpoints" => network::ENDPOINTS,
        "endpointslices" => network::ENDPOINT_SLICES,
        "ingresses" => network::INGRESSES,
        "configmaps" => config::CONFIG_MAPS,
        "secrets" => config::SECRETS,
        "serviceaccounts" => config::SERVICE_ACCOUNTS,
        "namespaces" => config::NAMESPACES,
        "poddisruptionbudgets" => config::BUDGETS,
        "leases" => config::LEASES,
        "events" => config::EVENTS,
        "priorityclasses" => config::PRIORITY_CLASSES,
        "persistentvolumes" => storage::VOLUMES,
        "persistentvolumeclaims" => storage::CLAIMS,
        "storageclasses" => storage::CLASSES,
        _ => config::ANY,
    }
}

#[cfg(test)]
mod tests;
