//! Volumes, claims and their classes.

use serde_json::Value;

use super::print::{AGE, Column, NAME, or};
use crate::json::{at, items, text};

/// `kubectl get persistentvolumes`
pub(super) const VOLUMES: &[Column] = &[
    NAME,
    Column::text("Capacity", |volume, _| text(volume, "/spec/capacity/storage").into()),
    Column::text("Access Modes", |volume, _| modes(volume, "/spec/accessModes").into()),
    Column::text("Reclaim Policy", |volume, _| text(volume, "/spec/persistentVolumeReclaimPolicy").into()),
    Column::text("Status", |volume, _| phase(volume).into()),
    Column::text("Claim", |volume, _| claim(volume).into()),
    Column::text("StorageClass", |volume, _| text(volume, "/spec/storageClassName").into()),
    ATTRIBUTES,
    Column::text("Reason", |volume, _| text(volume, "/status/reason").into()),
    AGE,
    MODE,
];

/// `kubectl get persistentvolumeclaims`
pub(super) const CLAIMS: &[Column] = &[
    NAME,
    Column::text("Status", |claim, _| phase(claim).into()),
    Column::text("Volume", |claim, _| text(claim, "/spec/volumeName").into()),
    Column::text("Capacity", |claim, _| bound(claim, text(claim, "/status/capacity/storage")).into()),
    Column::text("Access Modes", |claim, _| bound(claim, &modes(claim, "/status/accessModes")).into()),
    Column::text("StorageClass", |claim, _| text(claim, "/spec/storageClassName").into()),
    ATTRIBUTES,
    AGE,
    MODE,
];

/// `kubectl get storageclasses`
pub(super) const CLASSES: &[Column] = &[
    Column::text("Name", |class, _| class_name(class).into()),
    Column::text("Provisioner", |class, _| text(class, "/provisioner").into()),
    Column::text("ReclaimPolicy", |class, _| or(class, "/reclaimPolicy", "Delete").into()),
    Column::text("VolumeBindingMode", |class, _| or(class, "/volumeBindingMode", "Immediate").into()),
    Column::text("AllowVolumeExpansion", |class, _| {
        Value::Bool(at(class, "/allowVolumeExpansion") == &Value::Bool(true))
    }),
    AGE,
];

const ATTRIBUTES: Column =
    Column::text("VolumeAttributesClass", |object, _| or(object, "/spec/volumeAttributesClassName", "<unset>").into())
        .since(29);

const MODE: Column = Column::text("VolumeMode", |object, _| or(object, "/spec/volumeMode", "<unset>").into()).wide();

fn phase(object: &Value) -> &str {
    let going = !at(object, "/metadata/deletionTimestamp").is_null();
    if going { "Terminating" } else { text(object, "/status/phase") }
}

/// A claim shows what it got only once it is bound.
fn bound(claim: &Value, shown: &str) -> String {
    if text(claim, "/spec/volumeName").is_empty() { String::new() } else { shown.to_owned() }
}

fn claim(volume: &Value) -> String {
    match at(volume, "/spec/claimRef") {
        Value::Null => String::new(),
        claim => format!("{}/{}", text(claim, "/namespace"), text(claim, "/name")),
    }
}

fn modes(object: &Value, pointer: &str) -> String {
    let short = items(object, pointer).filter_map(Value::as_str).map(|mode| match mode {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        "ReadWriteOncePod" => "RWOP",
        other => other,
    });
    short.collect::<Vec<_>>().join(",")
}

fn class_name(class: &Value) -> String {
    let name = text(class, "/metadata/name");
    let default = text(class, "/metadata/annotations/storageclass.kubernetes.io~1is-default-class") == "true";
    if default { format!("{name} (default)") } else { name.to_owned() }
}
