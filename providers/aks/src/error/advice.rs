//! The codes of AKS that an upgrade meets, as a table: what each means for the run and what to do.
//!
//! Collected 2026-11-22 from Azure's documents, the models of the API, and what users reported in Azure/AKS.

use upgrade_provider::ErrorKind;

use super::fault::Fault;
use crate::find::NAME_IT;

/// What is known of a code.
pub(super) struct Advice {
    pub(super) code: &'static str,
    /// Where a code stands for several things: a word of the message that tells.
    when: &'static str,
    pub(super) kind: ErrorKind,
    /// Empty where there is nothing to do but wait.
    pub(super) hint: &'static str,
}

const fn of_code(code: &'static str, kind: ErrorKind, hint: &'static str) -> Advice {
    Advice { code, when: "", kind, hint }
}

const fn when(code: &'static str, when: &'static str, kind: ErrorKind, hint: &'static str) -> Advice {
    Advice { code, when, kind, hint }
}

const QUOTA: &str = "ask for more quota, or let the pool lose nodes first: --max-surge 0 --max-unavailable 1";
const BUDGETS: &str = "see which budget allows no disruption: kubectl get pdb -A";
const LOGIN: &str = "log in again: az login";
const SUBNET: &str = "free addresses in the subnet of the pool, or surge by fewer nodes: --max-surge 1";
const OFFERED: &str = "see what is offered: kubectl upgrade versions";
const AGAIN: &str = "plan again: kubectl upgrade plan";

const TABLE: &[Advice] = &[
    of_code(
        "UpgradeBlockedOnDeprecatedAPIUsage",
        ErrorKind::Refused,
        "move the clients off the API and wait until 12 hours have passed without a call, or accept that they will \
         fail: --force checks",
    ),
    of_code("UnsatisfiablePDB", ErrorKind::Refused, BUDGETS),
    of_code("PodDrainFailure", ErrorKind::Refused, BUDGETS),
    when("UpgradeFailed", "evicting pod", ErrorKind::Refused, BUDGETS),
    of_code("QuotaExceeded", ErrorKind::Refused, QUOTA),
    of_code("InsufficientVCPUQuota", ErrorKind::Refused, QUOTA),
    of_code("ErrCode_InsufficientVCPUQuota", ErrorKind::Refused, QUOTA),
    when("OperationNotAllowed", "quota", ErrorKind::Refused, QUOTA),
    when("OperationNotAllowed", "in progress", ErrorKind::Away, ""),
    of_code("AnotherOperationInProgress", ErrorKind::Away, ""),
    of_code("ReferencedResourceNotProvisioned", ErrorKind::Away, ""),
    of_code("ZonalAllocationFailed", ErrorKind::Refused, "try later, or surge by fewer nodes: --max-surge 1"),
    of_code("AllocationFailed", ErrorKind::Refused, "try later, or surge by fewer nodes: --max-surge 1"),
    of_code("SKUNotAvailable", ErrorKind::Refused, "make a pool of another machine size"),
    of_code("SubnetIsFull", ErrorKind::Refused, SUBNET),
    of_code("InsufficientSubnetSize", ErrorKind::Refused, SUBNET),
    of_code("K8sVersionNotSupported", ErrorKind::Refused, OFFERED),
    of_code("AgentPoolK8sVersionNotSupported", ErrorKind::Refused, OFFERED),
    of_code("AgentPoolUpgradeVersionNotAllowed", ErrorKind::Refused, OFFERED),
    of_code("NodePoolMcVersionIncompatible", ErrorKind::Refused, AGAIN),
    of_code(
        "NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged",
        ErrorKind::Refused,
        "an automatic upgrade channel takes pools along: az aks update --auto-upgrade-channel none",
    ),
    of_code("EtagMismatch", ErrorKind::Conflict, AGAIN),
    of_code("PreconditionFailed", ErrorKind::Conflict, AGAIN),
    of_code("ExpiredAuthenticationToken", ErrorKind::Unauthorized, LOGIN),
    of_code("InvalidAuthenticationToken", ErrorKind::Unauthorized, LOGIN),
    of_code("InvalidAuthenticationTokenTenant", ErrorKind::Unauthorized, LOGIN),
    of_code("ResourceNotFound", ErrorKind::NotFound, NAME_IT),
    of_code("ResourceGroupNotFound", ErrorKind::NotFound, NAME_IT),
    of_code("SubscriptionNotFound", ErrorKind::NotFound, "see yours: az account list --output table"),
];

/// The row of an error.
pub(super) fn of(fault: &Fault) -> Option<&'static Advice> {
    TABLE.iter().find(|row| fault.is(row.code) && fault.message.contains(row.when))
}
