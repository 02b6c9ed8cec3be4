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

use super::accept::{self, Accepted};
use crate::json::at;
use crate::store::Resource;
use print::{Column, Context, Printer};

/// A table as a request asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    version: &'static str,
    include: Include,
}

/// What of its object goes with each row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Include {
    Nothing,
    Metadata,
    Object,
}

/// Who prints: the minor of the API server, and its time of day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Press {
    /// The minor of the API server.
    pub(crate) minor: u64,
    /// The time of day.
    pub(crate) now: Timestamp,
}

impl Asked {
    /// The table that the alternative of the `Accept` header asks for, if it does and the API server knows that version of
    /// tables. `include` is the value of the parameter `includeObject`.
    pub(crate) fn by(accepted: &Accepted<'_>, include: Option<&str>, minor: u64) -> Option<Self> {
        if !accepted.is_form("Table", "meta.k8s.io") {
            return None;
        }
        // https://github.com/kubernetes/kubernetes/blob/master/CHANGELOG/CHANGELOG-1.15.md: tables became v1.
        let version = match accepted.parameter("v") {
            "v1" if minor >= 15 => "v1",
            "v1beta1" => "v1beta1",
            _ => return None,
        };
        let include = match include {
            Some("None") => Include::Nothing,
            Some("Object") => Include::Object,
            _ => Include::Metadata,
        };
        Some(Self { version, include })
    }

    /// The first table that the header asks for before it settles for plain JSON.
    pub(crate) fn first(header: &str, include: Option<&str>, minor: u64) -> Option<Self> {
        accept::alternatives(header)
            .take_while(|accepted| !accepted.parameter("as").is_empty())
            .find_map(|accepted| Self::by(&accepted, include, minor))
    }

    /// The content type of the answer.
    pub(crate) fn content_type(self) -> String {
        format!("application/json;as=Table;v={};g=meta.k8s.io", self.version)
    }

    /// The table of these objects, each whole with `apiVersion` and `kind`. `metadata` is that of the list.
    pub(crate) fn list<'a>(
        self,
        resource: Resource,
        objects: impl IntoIterator<Item = &'a Value>,
        metadata: &Value,
        press: Press,
    ) -> Value {
        let printer = printer(resource);
        let context = Context { minor: press.minor, now: press.now };
        let columns = printer.columns.iter().filter(|column| column.known(press.minor)).map(Column::definition);
        let rows = objects.into_iter().map(|object| self.row(&printer, object, context));
        self.table(metadata, columns.collect(), rows.collect())
    }

    /// The table of one object.
    pub(crate) fn one(self, resource: Resource, object: &Value, press: Press) -> Value {
        let version = json!({"resourceVersion": at(object, "/metadata/resourceVersion")});
        self.list(resource, [object], &version, press)
    }

    /// The table of one event of a watch. Only the first has the columns.
    pub(crate) fn event(self, resource: Resource, object: &Value, first: bool, press: Press) -> Value {
        let mut table = self.one(resource, object, press);
        if !first {
            crate::json::set(&mut table, &["columnDefinitions"], Value::Null);
        }
        table
    }

    /// The table of a bookmark: no row, the version alone.
    pub(crate) fn bookmark(self, object: &Value) -> Value {
        let version = json!({"resourceVersion": at(object, "/metadata/resourceVersion")});
        let row = json!({"cells": [], "object": self.partial(object)});
        self.table(&version, Value::Null, vec![row].into())
    }

    fn table(self, metadata: &Value, columns: Value, rows: Value) -> Value {
        json!({
            "kind": "Table",
            "apiVersion": format!("meta.k8s.io/{}", self.version),
            "metadata": metadata,
            "columnDefinitions": columns,
            "rows": rows,
        })
    }

    fn row(self, printer: &Printer, object: &Value, context: Context) -> Value {
        let cells = printer.columns.iter().filter(|column| column.known(context.minor));
        let cells: Vec<Value> = cells.map(|column| (column.cell)(object, context)).collect();
        let object = match self.include {
            Include::Nothing => Value::Null,
            Include::Metadata => self.partial(object),
            Include::Object => object.clone(),
        };
        json!({"cells": cells, "object": object})
    }

    fn partial(self, object: &Value) -> Value {
        json!({
            "kind": "PartialObjectMetadata",
            "apiVersion": format!("meta.k8s.io/{}", self.version),
            "metadata": at(object, "/metadata"),
        })
    }
}

fn printer(resource: Resource) -> Printer {
    let columns = match resource.plural() {
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
    };
    Printer { columns }
}

#[cfg(test)]
mod tests;
