//! Which parts of built-in kinds are owned field by field, and which as a whole.
//!
//! As the markers `listType`, `listMapKey` and `mapType` of k8s.io/api say (1.36, read 2026-11-22). Fields of one name
//! nearly always have the same, so the table goes by the field's name and, where that is not enough, by what it lies in.

/// How a list or an object is owned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// As a whole.
    Atomic,
    /// A list of objects, known by these fields.
    Elements(&'static [&'static str]),
    /// A list of plain values, each there once.
    Set,
}

/// How the list `field` is owned that lies in the field or list `within`; that is empty at the top of an object.
pub(super) fn list(within: &str, field: &str) -> Kind {
    match (field, within) {
        ("ports", "containers" | "initContainers" | "ephemeralContainers") => {
            Kind::Elements(&["containerPort", "protocol"])
        }
        ("ports", "spec") => Kind::Elements(&["port", "protocol"]),
        ("addresses" | "conditions", "status") => Kind::Elements(&["type"]),
        ("podIPs", "status") | ("hostAliases", _) => Kind::Elements(&["ip"]),
        ("ownerReferences", "metadata") => Kind::Elements(&["uid"]),
        ("finalizers", "metadata") | ("podCIDRs", "spec") => Kind::Set,
        ("volumeMounts", _) => Kind::Elements(&["mountPath"]),
        ("volumeDevices", _) => Kind::Elements(&["devicePath"]),
        ("topologySpreadConstraints", _) => Kind::Elements(&["topologyKey", "whenUnsatisfiable"]),
        ("secrets" | "webhooks", "") => Kind::Elements(&["name"]),
        ("containers" | "initContainers" | "ephemeralContainers" | "env" | "imagePullSecrets", _) => {
            Kind::Elements(&["name"])
        }
        ("volumes" | "resourceClaims" | "schedulingGates" | "drivers", "spec") => Kind::Elements(&["name"]),
        _ => Kind::Atomic,
    }
}

/// Whether the object in that field is owned as a whole.
pub(super) fn is_whole(field: &str) -> bool {
    matches!(
        field,
        "selector"
            | "labelSelector"
            | "namespaceSelector"
            | "podSelector"
            | "nodeSelector"
            | "fieldRef"
            | "secretKeyRef"
            | "configMapKeyRef"
            | "resourceFieldRef"
            | "claimRef"
            | "roleRef"
    )
}

/// What a field that tells elements apart is where it is left out.
pub(super) fn default(key: &str) -> Option<&'static str> {
    (key == "protocol").then_some("TCP")
}
