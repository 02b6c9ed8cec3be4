//! How a pool's nodes are replaced: a plan's words in those of the simulated cloud.
//!
//! What is not set is as each cloud has it (<https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html>,
//! <https://cloud.google.com/kubernetes-engine/docs/concepts/node-pool-upgrade-strategies>,
//! <https://learn.microsoft.com/azure/aks/upgrade-aks-cluster>).

use std::time::Duration;

use upgrade_core::inventory;
use upgrade_core::plan::{Amount as Chosen, ProviderKind, Surge, SurgeAmount};
use upgrade_twin::clouds::pools::{Amount, BlueGreen, Settings, Strategy, Undrainable};

/// The settings of a pool of that cloud.
pub(crate) fn settings(provider: ProviderKind, surge: &Surge) -> Settings {
    let settings = match provider {
        ProviderKind::Eks => of_eks(surge),
        ProviderKind::Aks => of_aks(surge),
        ProviderKind::Gke | ProviderKind::Kubeadm | ProviderKind::Manual => of_gke(surge),
    };
    match (settings.max_surge, settings.max_unavailable) {
        // As no cloud allows it: nothing would ever be replaced.
        (Amount::Count(0) | Amount::Percent(0), Amount::Count(0) | Amount::Percent(0)) => {
            Settings { max_surge: Amount::Count(1), ..settings }
        }
        _ => settings,
    }
}

/// How blue-green goes; an hour in the end and a node at a time where nobody knows.
pub(crate) fn blue_green(known: Option<&inventory::BlueGreen>) -> BlueGreen {
    let usual = Settings::default().blue_green;
    known.map_or(usual, |known| BlueGreen {
        batch: known.batch.map_or(usual.batch, amount),
        batch_soak: seconds(known.batch_soak_s),
        soak: seconds(known.soak_s),
    })
}

/// As many more first as may be replaced at a time, or with MINIMAL as many fewer.
fn of_eks(surge: &Surge) -> Settings {
    let at_once = surge.max_unavailable.map_or(Amount::Count(1), amount);
    let (max_surge, max_unavailable) = match surge.strategy.as_deref() {
        Some("MINIMAL") => (Amount::Count(0), at_once),
        Some(_) | None => (at_once, Amount::Count(0)),
    };
    Settings {
        max_surge,
        max_unavailable,
        drain_timeout: minutes(15),
        undrainable: Undrainable::Fail,
        ..Settings::default()
    }
}

fn of_gke(surge: &Surge) -> Settings {
    Settings {
        strategy: match surge.strategy.as_deref() {
            Some("BLUE_GREEN") => Strategy::BlueGreen,
            Some(_) | None => Strategy::Surge,
        },
        max_surge: surge.max_surge.map_or(Amount::Count(1), amount),
        max_unavailable: surge.max_unavailable.map_or(Amount::Count(0), amount),
        drain_timeout: surge.drain_timeout_s.map_or(minutes(60), seconds),
        undrainable: Undrainable::Force,
        ..Settings::default()
    }
}

fn of_aks(surge: &Surge) -> Settings {
    Settings {
        max_surge: surge.max_surge.map_or(Amount::Percent(10), amount),
        max_unavailable: surge.max_unavailable.map_or(Amount::Count(0), amount),
        drain_timeout: surge.drain_timeout_s.map_or(minutes(30), seconds),
        soak: surge.soak_s.map_or(Duration::ZERO, seconds),
        undrainable: match surge.undrainable.as_deref() {
            Some("Cordon") => Undrainable::Quarantine,
            Some(_) | None => Undrainable::Fail,
        },
        ..Settings::default()
    }
}

fn amount(SurgeAmount(chosen): SurgeAmount) -> Amount {
    match chosen {
        Chosen::Count(count) => Amount::Count(count),
        Chosen::Percent(percent) => Amount::Percent(percent.into()),
    }
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surge(max_surge: &str, max_unavailable: &str, strategy: &str) -> Surge {
        let some = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
        Surge {
            max_surge: some(max_surge),
            max_unavailable: some(max_unavailable),
            strategy: (!strategy.is_empty()).then(|| strategy.to_owned()),
            ..Surge::default()
        }
    }

    #[test]
    fn each_cloud_replaces_nodes_in_its_own_way() {
        let of = |provider, chosen: Surge| {
            let settings = settings(provider, &chosen);
            (settings.strategy, settings.max_surge, settings.max_unavailable)
        };
        let (count, percent) = (Amount::Count, Amount::Percent);
        let third = (Strategy::Surge, percent(33), count(0));
        assert_eq!(of(ProviderKind::Eks, surge("", "33%", "DEFAULT")), third);
        assert_eq!(of(ProviderKind::Eks, surge("", "2", "MINIMAL")), (Strategy::Surge, count(0), count(2)));
        assert_eq!(of(ProviderKind::Gke, surge("", "", "BLUE_GREEN")).0, Strategy::BlueGreen);
        assert_eq!(of(ProviderKind::Aks, surge("", "", "")), (Strategy::Surge, percent(10), count(0)));
        let stuck = of(ProviderKind::Aks, surge("0", "0%", ""));
        assert_eq!(stuck, (Strategy::Surge, count(1), percent(0)), "something is replaced in any case");
    }
}
