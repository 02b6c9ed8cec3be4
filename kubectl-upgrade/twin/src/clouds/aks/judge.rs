//! Which versions may follow which on AKS, and what stands in the way of an upgrade.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use upgrade_core::version::{Minor, Version};

use super::refusal::Refusal;
use crate::clouds::{CloudWorld, Extra, Offer, Seen};
use crate::json::{at, text};
use crate::store::Resource;
use crate::world::World;

/// How long a call to an API that goes keeps the upgrade away.
const DEPRECATED_USE: SignedDuration = SignedDuration::from_hours(12);

/// Where the use of APIs that go is noted: Azure keeps it to itself.
const NOTED: &str = "deprecatedApiUse";

/// The LTS plan, as the wire has it.
const LTS: &str = "AKSLongTermSupport";

/// Notes that someone called an API which the minor `removed_in` no longer has: for twelve hours this keeps the control
/// plane from being upgraded there.
pub fn note_deprecated_use(world: &mut World, api: &str, removed_in: Minor) {
    let now = world.now();
    let note = json!({"api": api, "removedIn": removed_in.to_string(), "lastSeen": now.to_string()});
    crate::clouds::change(world, |seen| {
        let noted = seen.extra.entry(NOTED).or_insert_with(|| json!([]));
        if let Some(noted) = noted.as_array_mut() {
            noted.push(note);
        }
    });
}

/// What the control plane may be taken to, oldest first.
pub(super) fn reachable<'a>(cloud: &'a CloudWorld, seen: &Seen) -> Vec<&'a Offer> {
    let current = &seen.control_plane.version;
    let oldest = oldest_supported(cloud, seen);
    let ahead = |offer: &&Offer| offer.version > *current;
    let near = |offer: &&Offer| {
        let minor = offer.version.minor();
        let next = minor == current.minor() || minor == current.minor().next();
        // From outside what is supported, the way leads to the oldest minor that is.
        let recovery = is_left_behind(cloud, seen) && Some(minor) == oldest;
        let long = is_lts(&seen.extra) && has_lts(offer) && (1..=3).contains(&minor.ahead_of(current.minor()));
        next || recovery || long
    };
    cloud.offers.iter().filter(ahead).filter(near).collect()
}

/// The oldest minor that the cluster's support plan keeps.
fn oldest_supported(cloud: &CloudWorld, seen: &Seen) -> Option<Minor> {
    let fits = |offer: &&Offer| {
        is_lts(&seen.extra) || support_plan(offer).as_array().is_some_and(|plans| plans.iter().any(|plan| plan != LTS))
    };
    cloud.offers.iter().filter(fits).map(|offer| offer.version.minor()).min()
}

/// Whether the region does not have the cluster's minor any more.
fn is_left_behind(cloud: &CloudWorld, seen: &Seen) -> bool {
    let current = seen.control_plane.version.minor();
    !cloud.offers.iter().any(|offer| offer.version.minor() == current)
}

/// What a pool may be taken to, oldest first.
pub(super) fn reachable_by_pool<'a>(cloud: &'a CloudWorld, seen: &Seen, from: &Version) -> Vec<&'a Offer> {
    let plane = &seen.control_plane.version;
    cloud.offers.iter().filter(|offer| offer.node_version > *from && offer.node_version <= *plane).collect()
}

pub(super) fn is_preview(offer: &Offer) -> bool {
    offer.extra.get("isPreview").and_then(Value::as_bool).unwrap_or(false)
}

pub(super) fn support_plan(offer: &Offer) -> Value {
    offer.extra.get("supportPlan").cloned().unwrap_or_else(|| json!(["KubernetesOfficial"]))
}

fn has_lts(offer: &Offer) -> bool {
    support_plan(offer).as_array().is_some_and(|plans| plans.iter().any(|plan| plan == LTS))
}

fn is_lts(extra: &Extra) -> bool {
    property(extra, "/supportPlan") == LTS
}

/// The channel of automatic upgrades, `none` when there is none.
pub(super) fn channel(extra: &Extra) -> &str {
    match property(extra, "/autoUpgradeProfile/upgradeChannel") {
        "" => "none",
        channel => channel,
    }
}

fn property<'a>(extra: &'a Extra, pointer: &str) -> &'a str {
    extra.get("properties").map_or("", |properties| text(properties, pointer))
}

/// The version meant: a minor alone stands for its newest patch on offer.
pub(super) fn meant(cloud: &CloudWorld, asked: &str) -> Result<Version, Refusal> {
    if let Ok(version) = asked.parse::<Version>() {
        return Ok(version);
    }
    let newest = cloud.offers.iter().filter(|offer| offer.version.minor().to_string() == asked);
    let newest = newest.map(|offer| &offer.version).max().cloned();
    newest.ok_or_else(|| not_supported(asked))
}

/// Refuses a version that the control plane may not be taken to, alone or with all pools.
pub(super) fn control_plane(cloud: &CloudWorld, to: &Version, with_pools: bool) -> Result<(), Refusal> {
    let seen = cloud.now();
    if cloud.offer(to).is_none() {
        return Err(not_supported(&to.to_string()));
    }
    let offered = reachable(cloud, seen);
    if offered.iter().any(|offer| offer.version == *to) {
        // Back into support the whole cluster is taken, however far that is.
        let recovery = is_left_behind(cloud, seen) && to.minor().ahead_of(seen.control_plane.version.minor()) > 1;
        return match (recovery, with_pools) {
            (true, true) => Ok(()),
            (true, false) => Err(whole_only(&seen.control_plane.version, to)),
            (false, _) => pools_keep_up(seen, to),
        };
    }
    let offered: Vec<String> = offered.iter().map(|offer| offer.version.to_string()).collect();
    Err(Refusal::bad(
        "AgentPoolUpgradeVersionNotAllowed",
        format!(
            "Upgrading Kubernetes version {} to {to} is not allowed. Available upgrades: [{}]. Please see \
             https://aka.ms/aks-supported-k8s-ver for version details.",
            seen.control_plane.version,
            offered.join(" ")
        ),
    ))
}

fn whole_only(from: &Version, to: &Version) -> Refusal {
    let message = format!(
        "Upgrading the control plane alone from unsupported Kubernetes version {from} to {to} is not allowed. Upgrade the \
         control plane and all node pools."
    );
    Refusal::bad("OperationNotAllowed", message)
}

/// Nodes may be three minors older than the control plane.
fn pools_keep_up(seen: &Seen, to: &Version) -> Result<(), Refusal> {
    let lagging = seen.pools.values().find(|pool| to.minor().ahead_of(pool.spec.version.minor()) > 3);
    lagging.map_or(Ok(()), |pool| {
        Err(Refusal::bad(
            "NodePoolMcVersionIncompatible",
            format!(
                "Node pool version {} and control plane version {to} are incompatible. Minor version of control plane \
                 cannot be more than 3 versions over node pool {}.",
                pool.spec.version, pool.spec.name
            ),
        ))
    })
}

/// Refuses an upgrade to a minor that lacks an API which was called lately.
pub(super) fn deprecated_use(seen: &Seen, to: &Version, now: Timestamp) -> Result<(), Refusal> {
    let noted = seen.extra.get(NOTED).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let blocks = |note: &&Value| {
        let called: Option<Timestamp> = text(note, "/lastSeen").parse().ok();
        let lately = called.is_some_and(|called| now.duration_since(called) < DEPRECATED_USE);
        let goes = text(note, "/removedIn");
        // Between the minor it is at and the one it goes to.
        let mut minor = seen.control_plane.version.minor();
        let mut passed = false;
        while minor < to.minor() {
            minor = minor.next();
            passed |= minor.to_string() == goes;
        }
        lately && passed
    };
    let usage: Vec<String> = noted.iter().filter(blocks).map(usage).collect();
    if usage.is_empty() {
        return Ok(());
    }
    let message = format!(
        "Control Plane upgrade is blocked due to recent usage of a Kubernetes API deprecated in the specified version. Please \
         refer to https://kubernetes.io/docs/reference/using-api/deprecation-guide to migrate the usage. To bypass this error, \
         set enable-force-upgrade in upgradeSettings.overrideSettings. Bypassing this error without migrating usage will \
         result in the deprecated Kubernetes API calls failing. Usage details: {} error occurred:\n{}\n\n",
        usage.len(),
        usage.join("\n")
    );
    Err(Refusal::bad("ValidationError", message).below("UpgradeBlockedOnDeprecatedAPIUsage"))
}

fn usage(note: &Value) -> String {
    format!(
        "\t* usage has been detected on API {}, and was recently seen at: {}, which will be removed in {}",
        text(note, "/api"),
        text(note, "/lastSeen"),
        text(note, "/removedIn")
    )
}

/// Whether checks that stand in the way are overridden at that time.
pub(super) fn forced(properties: &Value, now: Timestamp) -> bool {
    let settings = at(properties, "/upgradeSettings/overrideSettings");
    let until: Option<Timestamp> = text(settings, "/until").parse().ok();
    at(settings, "/forceUpgrade").as_bool() == Some(true) && until.is_none_or(|until| until > now)
}

/// Refuses an upgrade of nodes while a budget can never allow an eviction.
pub(super) fn budgets(world: &World) -> Result<(), Refusal> {
    let invalid: Vec<String> = world
        .store
        .list(Resource::BUDGETS, None, None)
        .filter_map(|budget| {
            let value = budget.value();
            let count = |pointer: &str| at(&value, pointer).as_u64().unwrap_or_default();
            let (expected, desired) = (count("/status/expectedPods"), count("/status/desiredHealthy"));
            (expected > 0 && desired >= expected).then(|| {
                let (namespace, name) = (text(&value, "/metadata/namespace"), text(&value, "/metadata/name"));
                format!(
                    "\t* PDB {namespace}/{name} has minAvailable({desired}) >= expectedPods({expected}) can't proceed with \
                     put operation"
                )
            })
        })
        .collect();
    if invalid.is_empty() {
        return Ok(());
    }
    let message = format!(
        "Upgrade is blocked due to invalid Pod Disruption Budgets (PDBs). Please review the PDB spec to allow disruptions \
         during upgrades. To bypass this error, set forceUpgrade in upgradeSettings.overrideSettings. Bypassing this error \
         without updating the PDB may result in drain failures during upgrade process. Invalid PDBs details: {} errors \
         occurred:\n{}\n\n",
        invalid.len(),
        invalid.join("\n")
    );
    Err(Refusal::bad("UnsatisfiablePDB", message))
}

pub(super) fn not_supported(version: &str) -> Refusal {
    let message = format!(
        "Version {version} is not supported in this region. Please use [az aks get-versions] command to get the supported \
         version list in this region. For more information, please check https://aka.ms/supported-version-list"
    );
    Refusal::bad("K8sVersionNotSupported", message)
}
