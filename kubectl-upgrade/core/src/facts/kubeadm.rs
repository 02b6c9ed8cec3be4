//! What kubeadm's command line can do, by minor.

use std::str::FromStr;

use super::load::Facts;
use super::table::{FromRow, Row, TableError};
use crate::version::Minor;

macro_rules! capabilities {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Something kubeadm of some minors can do and of others cannot.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Capability {
            $($(#[$doc])* $name,)*
        }

        impl Capability {
            /// Every capability.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name the table uses.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

capabilities! {
    /// `upgrade node config --kubelet-version`.
    NodeConfig = "node-config",
    /// `upgrade node experimental-control-plane`.
    NodeControlPlane = "node-control-plane",
    /// `upgrade node` for control-plane nodes and workers alike.
    Node = "node",
    /// `--certificate-renewal` on `apply` and `node`.
    CertificateRenewal = "certificate-renewal",
    /// `--experimental-patches DIR` on `apply` and `node`.
    ExperimentalPatches = "experimental-patches",
    /// `--patches DIR` on `apply` and `node`.
    Patches = "patches",
    /// `upgrade plan -o json`.
    PlanJson = "plan-json",
    /// The JSON of `upgrade plan` is a list `availableUpgrades`.
    PlanAvailableUpgrades = "plan-available-upgrades",
    /// `certs check-expiration -o json`.
    CertsJson = "certs-json",
    /// `config validate`.
    ConfigValidate = "config-validate",
    /// `--config` with an UpgradeConfiguration on `apply` and `node`.
    UpgradeConfiguration = "upgrade-configuration",
    /// `--skip-phases` on `apply`, and `apply phase`.
    ApplyPhases = "apply-phases",
    /// `--feature-gates` on `apply`.
    FeatureGates = "feature-gates",
    /// Controller-manager and scheduler of clusters it makes talk to the API server of their own host, not to the
    /// shared endpoint. Clusters made earlier keep their kubeconfig files.
    LocalEndpoints = "local-endpoints",
    /// Reads configuration of `kubeadm.k8s.io/v1beta1`.
    ConfigV1Beta1 = "config-v1beta1",
    /// Reads configuration of `kubeadm.k8s.io/v1beta2`.
    ConfigV1Beta2 = "config-v1beta2",
    /// Reads configuration of `kubeadm.k8s.io/v1beta3`.
    ConfigV1Beta3 = "config-v1beta3",
    /// Reads configuration of `kubeadm.k8s.io/v1beta4`.
    ConfigV1Beta4 = "config-v1beta4",
}

impl FromStr for Capability {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|capability| capability.name() == text).ok_or(())
    }
}

/// From when to when kubeadm has a capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CapabilityRow {
    pub(super) capability: Capability,
    since: Minor,
    gone: Option<Minor>,
    pub(super) source: &'static str,
}

impl FromRow<'static> for CapabilityRow {
    const TABLE: &'static str = "kubeadm capabilities";

    fn read(row: &Row<'static, '_>) -> Result<Self, TableError> {
        Ok(Self {
            capability: row.value("capability", "a known capability")?,
            since: row.value("since", "a minor")?,
            gone: row.optional("gone", "a minor")?,
            source: row.text("source")?,
        })
    }
}

/// How a node other than the first control-plane node is upgraded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeUpgrade {
    /// No such command: 1.10 and older.
    None,
    /// `upgrade node experimental-control-plane` for control-plane nodes, `upgrade node config --kubelet-version vX` for
    /// the kubelet configuration of any node: 1.11 to 1.14.
    ByRole,
    /// `upgrade node` for both: from 1.15 on.
    Plain,
}

/// What `upgrade plan` can print for a program to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanOutput {
    /// Text only.
    Text,
    /// `-o json`, one flat object (`output.kubeadm.k8s.io/v1alpha2`).
    JsonFlat,
    /// `-o json`, a list `availableUpgrades` (`output.kubeadm.k8s.io/v1alpha3`).
    JsonUpgrades,
}

/// The command line of kubeadm of one minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KubeadmSyntax {
    minor: Minor,
}

impl KubeadmSyntax {
    /// The syntax of the kubeadm *binary* of this minor.
    #[must_use]
    pub const fn of(minor: Minor) -> Self {
        Self { minor }
    }

    /// Whether that kubeadm can.
    #[must_use]
    pub fn can(self, capability: Capability) -> bool {
        Facts::shared().kubeadm.iter().any(|row| {
            row.capability == capability && row.since <= self.minor && row.gone.is_none_or(|gone| self.minor < gone)
        })
    }

    /// How further nodes are upgraded.
    #[must_use]
    pub fn node(self) -> NodeUpgrade {
        if self.can(Capability::Node) {
            NodeUpgrade::Plain
        } else if self.can(Capability::NodeConfig) {
            NodeUpgrade::ByRole
        } else {
            NodeUpgrade::None
        }
    }

    /// The flag that names a directory of patches, if there is one.
    #[must_use]
    pub fn patches(self) -> Option<&'static str> {
        if self.can(Capability::Patches) {
            Some("--patches")
        } else if self.can(Capability::ExperimentalPatches) {
            Some("--experimental-patches")
        } else {
            None
        }
    }

    /// What `upgrade plan` can print.
    #[must_use]
    pub fn plan_output(self) -> PlanOutput {
        if self.can(Capability::PlanAvailableUpgrades) {
            PlanOutput::JsonUpgrades
        } else if self.can(Capability::PlanJson) {
            PlanOutput::JsonFlat
        } else {
            PlanOutput::Text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn syntax(minor: u16) -> KubeadmSyntax {
        KubeadmSyntax::of(Minor::new(1, minor))
    }

    #[test]
    fn the_node_command_by_era() {
        let eras: Vec<NodeUpgrade> = [10, 11, 14, 15, 37].into_iter().map(|minor| syntax(minor).node()).collect();
        use NodeUpgrade::{ByRole, None, Plain};
        assert_eq!(eras, [None, ByRole, ByRole, Plain, Plain]);
        assert!(!syntax(14).can(Capability::CertificateRenewal) && syntax(15).can(Capability::CertificateRenewal));
    }

    #[test]
    fn the_patches_flag_by_era() {
        for (minor, flag) in [
            (18, None),
            (19, Some("--experimental-patches")),
            (21, Some("--experimental-patches")),
            (22, Some("--patches")),
            (37, Some("--patches")),
        ] {
            assert_eq!(syntax(minor).patches(), flag, "1.{minor}");
        }
    }

    #[test]
    fn the_output_of_plan_by_era() {
        for (minor, output) in [
            (24, PlanOutput::Text),
            (25, PlanOutput::JsonFlat),
            (29, PlanOutput::JsonFlat),
            (30, PlanOutput::JsonUpgrades),
        ] {
            assert_eq!(syntax(minor).plan_output(), output, "1.{minor}");
        }
    }

    #[test]
    fn configuration_versions_come_and_go() {
        for (minor, readable) in [
            (13, [true, false, false, false]),
            (21, [true, true, false, false]),
            (22, [false, true, true, false]),
            (26, [false, true, true, false]),
            (27, [false, false, true, false]),
            (31, [false, false, true, true]),
            (36, [false, false, true, true]),
            (37, [false, false, false, true]),
        ] {
            use Capability::{ConfigV1Beta1, ConfigV1Beta2, ConfigV1Beta3, ConfigV1Beta4};
            let found = [ConfigV1Beta1, ConfigV1Beta2, ConfigV1Beta3, ConfigV1Beta4].map(|api| syntax(minor).can(api));
            assert_eq!(found, readable, "1.{minor}");
        }
    }
}
