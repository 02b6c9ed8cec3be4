//! How the lists of built-in kinds are merged by a strategic merge patch.
//!
//! As the tags `patchStrategy` and `patchMergeKey` of k8s.io/api say (v1.11 to v1.36, read 2026-11-22). Fields of one name
//! nearly always merge alike, so the table goes by the field's name and, where that is not enough, by what it lies in.

/// How a list is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lists {
    /// Replaced as a whole.
    Atomic,
    /// Elements are objects, known by this field.
    ByKey(&'static str),
    /// Elements are plain values, each there once.
    Set,
}

/// How the list `field` is merged that lies in the field or list `within`; that is empty at the top of an object.
pub(super) fn of(within: &str, field: &str) -> Lists {
    match (field, within) {
        ("ports", "containers" | "initContainers" | "ephemeralContainers") => Lists::ByKey("containerPort"),
        ("ports", "spec") => Lists::ByKey("port"),
        ("addresses" | "conditions", "status") => Lists::ByKey("type"),
        ("podIPs", "status") | ("hostAliases", _) => Lists::ByKey("ip"),
        ("secrets" | "webhooks", "") => Lists::ByKey("name"),
        ("ownerReferences", "metadata") => Lists::ByKey("uid"),
        ("finalizers", "metadata") | ("podCIDRs", "spec") => Lists::Set,
        ("volumeMounts", _) => Lists::ByKey("mountPath"),
        ("volumeDevices", _) => Lists::ByKey("devicePath"),
        ("topologySpreadConstraints", _) => Lists::ByKey("topologyKey"),
        ("containers" | "initContainers" | "ephemeralContainers" | "env", _) => Lists::ByKey("name"),
        ("volumes" | "resourceClaims" | "schedulingGates" | "drivers", "spec") => Lists::ByKey("name"),
        ("imagePullSecrets", _) => Lists::ByKey("name"),
        _ => Lists::Atomic,
    }
}
