//! What is read of Azure's resources, and how they are written back.
//!
//! A view names the few fields that are used and leaves the rest; a resource is put back whole, as it was read, less
//! what Azure alone may set. So a field that nobody here knows of survives.

mod cluster;
mod pool;
pub(crate) mod put;
mod versions;

pub(crate) use cluster::{Between, ClusterProperties, Maintenance, ManagedCluster, NamedPool, Window};
pub(crate) use pool::{AgentPool, PoolProperties, PoolUpgradeSettings};
pub(crate) use versions::{
    MinorOffer, Operation, PoolUpgradeProfile, PoolUpgradeProfileProperties, RecentlyUsed, UpgradeProfile, Versions,
};

use serde::de::DeserializeOwned;
use serde_json::Value;
use upgrade_provider::{ErrorKind, PortError};

/// Reads a view of what Azure sent. A null is a field that is not there: clients of other languages write them.
pub(crate) fn read<T: DeserializeOwned>(what: &str, value: &Value) -> Result<T, PortError> {
    serde_json::from_value(without_nulls(value)).map_err(|error| {
        PortError::new(ErrorKind::Malformed, format!("expected {what} from Azure, found something else")).because(error)
    })
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), without_nulls(value)))
            .collect(),
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}
