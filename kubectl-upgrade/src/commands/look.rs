//! A first look at a cluster: connect, observe, recognise.

use upgrade_cluster::local_kubectl;
use upgrade_core::detect::{Detection, detect};
use upgrade_core::facts::Facts;
use upgrade_core::inventory::{Gap, GapSubject, Instance, Inventory};
use upgrade_core::plan::ProviderKind;
use upgrade_core::scope::{CloudScope, HostScope, PodScope, Scope};
use upgrade_core::version::{Minor, Version};
use upgrade_engine::look_beyond;
use upgrade_provider::{Observer, Provider};

use super::assess;
use super::door::{Door, Way};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::registry;
use crate::report::standing::Standing;
use crate::settings::{Reach, Settings};

/// What a look found, and the way to look again.
pub(crate) struct Look {
    /// The way to the cluster.
    pub(crate) way: Way,
    /// What was observed.
    pub(crate) inventory: Inventory,
    /// What it was recognised as.
    pub(crate) detection: Detection,
    /// The kubectl beside the plugin, if any.
    pub(crate) kubectl: Option<Version>,
    /// The tables.
    pub(crate) facts: Facts,
    /// Who sees and does what the API does not, when it was asked.
    pub(crate) provider: Option<Provider>,
}

/// What to look at.
pub(crate) struct Glance<'a> {
    /// Which cluster.
    pub(crate) door: &'a Door<'a>,
    /// The provider given, over what is recognised.
    pub(crate) provider: Option<ProviderKind>,
    /// Whether hosts are asked.
    pub(crate) ask_hosts: bool,
    /// Whether pods and budgets are looked at.
    pub(crate) pods: bool,
}

/// The tables, with the release calendar of a file where one is given.
pub(crate) fn facts(reach: &Reach) -> Result<Facts, Failure> {
    let Some(path) = &reach.release_table else { return Ok(Facts::embedded()) };
    let failed = |error| format!("failed to {error} the release table {}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| Failure::because(Exit::Usage, failed("read"), error))?;
    Facts::embedded().with_releases_from(&text).map_err(|error| Failure::because(Exit::Usage, failed("use"), error))
}

/// Looks through the API, recognises the cluster, then asks its hosts when there is a way to them.
pub(crate) async fn look(glance: Glance<'_>, settings: &Settings) -> Result<Look, Failure> {
    let facts = facts(glance.door.reach)?;
    settings.say("connecting");
    let way = glance.door.open().await?;
    let cluster = &way.cluster;
    settings.say(&format!("looking at {} ({})", cluster.name(), cluster.server()));
    let pods = if glance.pods { PodScope::All } else { PodScope::None };
    let scope = Scope { pods, hosts: HostScope::None, evidence: true, cloud: CloudScope::None };
    let (inventory, kubectl) = tokio::join!(cluster.observe(&scope), kubectl_beside(&way));
    let mut inventory = inventory?;
    let (kubectl, kubectl_gap) = match kubectl {
        Some(Ok(instance)) => (Some(instance.version), None),
        Some(Err(gap)) => (None, Some(gap)),
        None => (None, None),
    };
    let detection = detect(&inventory.evidence, &inventory.cluster.server);
    let provider = glance.provider.or_else(|| detection.provider());
    let provider = match provider.filter(|_| glance.ask_hosts) {
        Some(kind) => {
            let found = registry::provider(kind, &way, glance.door.reach, &inventory.nodes, settings.terminal).await;
            match found {
                Err(failure) if kind.is_cloud() => {
                    inventory.gaps.push(failure.into_gap(GapSubject::Cloud));
                    None
                }
                provider => provider?,
            }
        }
        None => None,
    };
    let mut look = Look { way, inventory, detection, kubectl, facts, provider };
    look.ask_provider(settings).await;
    look.inventory.gaps.extend(kubectl_gap);
    Ok(look)
}

/// The kubectl of this machine. A cluster simulated in this process is not asked from it, and its clock must not run
/// while a program is waited for.
async fn kubectl_beside(way: &Way) -> Option<Result<Instance, Gap>> {
    if way.stage.is_some() { None } else { Some(local_kubectl().await) }
}

impl Look {
    /// Asks the hosts behind the nodes that were seen, or the cloud that runs them.
    async fn ask_provider(&mut self, settings: &Settings) {
        let Some(provider) = &self.provider else { return };
        if provider.hosts.is_some() {
            settings.say(&format!("asking {} hosts", self.inventory.nodes.len()));
        }
        if provider.cloud.is_some() {
            settings.say("asking the cloud");
        }
        let hosts = HostScope::All { minors: self.minors() };
        let scope = Scope { pods: PodScope::None, hosts, evidence: false, cloud: CloudScope::All };
        look_beyond(provider, &scope, &mut self.inventory).await;
        if let Some(cloud) = &self.inventory.cloud {
            self.facts = std::mem::take(&mut self.facts).with_offers(&cloud.offers);
        }
    }

    /// The minors a path may lead through: from the oldest API server to the newest release known.
    fn minors(&self) -> Vec<Minor> {
        let Some(from) = self.inventory.oldest_api_server().map(Version::minor) else { return Vec::new() };
        let newest = self.facts.calendar().newest_released(assess::day(self.inventory.observed_at));
        let last = newest.map_or(from, |newest| newest.max(from)).next();
        std::iter::successors(Some(from), |minor| Some(minor.next())).take_while(|minor| *minor <= last).collect()
    }

    /// What it comes to, for the component table.
    pub(crate) fn standing(&self) -> Standing {
        assess::standing(&self.inventory, &self.detection, self.kubectl.as_ref(), &self.facts)
    }
}
