//! A cluster as its cloud sees it: names, pools, what is on offer, add-ons, what goes on.

use upgrade_core::inventory::{
    Addon, CloudCluster, CloudState, Network, Offer, Pool, PoolKind, PoolSize, Rollback, Subnet,
};

use crate::report::text::{Page, Tone, hang, pad, paint, width};

/// So many minors on offer are listed before the rest is counted.
const OFFERS: usize = 6;

/// The whole block.
pub(crate) fn managed(page: &mut Page, cloud: &CloudCluster, columns: usize) {
    page.line(paint(Tone::Heading, "Cloud"));
    let mut line = |name: &str, text: &str| page.lines(hang(&format!("  {name:<11}"), text, columns));
    line("cluster", &names(cloud));
    line("version", &format!("{}{}{}", cloud.version, channel(cloud), state(&cloud.state)));
    if let Some(way) = &cloud.rollback {
        line("way back", &way_back(way));
    }
    for operation in &cloud.operations {
        let on = operation.on.as_ref().map_or_else(String::new, |on| format!(" on {on}"));
        line("going on", &format!("{} {}{on}", operation.kind, operation.id));
    }
    for window in &cloud.maintenance {
        let kind = if window.exclusion { "exclusion" } else { "window" };
        let from = window.from.map_or_else(String::new, |from| format!(", from {from}"));
        let until = window.until.map_or_else(String::new, |until| format!(", until {until}"));
        line(kind, &format!("{} {}{from}{until}", window.name, window.scope));
    }
    for offer in cloud.offers.iter().take(OFFERS) {
        line("on offer", &on_offer(offer));
    }
    if let Some(more) = cloud.offers.len().checked_sub(OFFERS).filter(|more| *more > 0) {
        line("", &format!("and {more} more"));
    }
    if !cloud.network.subnets.is_empty() {
        line("addresses", &addresses(&cloud.network));
    }
    cloud.notes.iter().for_each(|note| line("note", note));
    pools(page, cloud, columns);
    addons(page, cloud, columns);
}

fn names(cloud: &CloudCluster) -> String {
    let group = cloud.names.group.as_ref().map_or_else(String::new, |group| format!(", group {group}"));
    format!("{} in {} ({}{group})", cloud.names.cluster, cloud.names.region, cloud.names.account)
}

fn channel(cloud: &CloudCluster) -> String {
    cloud.channel.as_ref().map_or_else(String::new, |channel| format!(", channel {channel}"))
}

fn state(state: &CloudState) -> String {
    match state {
        CloudState::Ready => String::new(),
        CloudState::Busy(word) | CloudState::Failed(word) => format!(", {word}"),
    }
}

fn way_back(way: &Rollback) -> String {
    let until = way.until.map_or_else(String::new, |until| format!(", until {}", until.strftime("%Y-%m-%d %H:%M UTC")));
    format!("to {}{until}", way.to)
}

fn addresses(network: &Network) -> String {
    let left = |subnet: &Subnet| format!("{} in {} ({})", subnet.free, subnet.id, subnet.zone);
    format!("free: {}", network.subnets.iter().map(left).collect::<Vec<_>>().join(", "))
}

fn on_offer(offer: &Offer) -> String {
    let until = |what: &str, day: Option<jiff::civil::Date>| {
        day.map_or_else(String::new, |day| format!(", {what} support until {day}"))
    };
    let (standard, extended) = (until("standard", offer.standard_until), until("extended", offer.extended_until));
    let preview = if offer.preview { ", preview" } else { "" };
    format!("{}{standard}{extended}{preview}", offer.version)
}

fn pools(page: &mut Page, cloud: &CloudCluster, columns: usize) {
    let name = cloud.pools.iter().map(|pool| width(pool.name.as_str())).max().unwrap_or_default();
    for (index, pool) in cloud.pools.iter().enumerate() {
        let label = if index == 0 { "pools" } else { "" };
        let first = format!("  {label:<11}{}  ", pad(pool.name.as_str(), name));
        page.lines(hang(&first, &pool_words(pool), columns));
    }
}

fn pool_words(pool: &Pool) -> String {
    let mut parts = vec![pool.version.as_ref().map_or_else(|| "no version of its own".to_owned(), ToString::to_string)];
    parts.push(size(&pool.size));
    parts.extend(pool.image_type.clone());
    parts.extend((!pool.surge.is_empty()).then(|| pool.surge.to_string()));
    parts.extend(kind(pool.kind).map(str::to_owned));
    match &pool.state {
        CloudState::Ready => {}
        CloudState::Busy(word) | CloudState::Failed(word) => parts.push(word.clone()),
    }
    parts.extend(pool.rollback.as_ref().map(|way| format!("way back {}", way_back(way))));
    parts.extend(pool.newest_image.as_ref().map(|image| format!("newer image: {image}")));
    parts.extend(pool.notes.iter().cloned());
    parts.join(", ")
}

fn size(size: &PoolSize) -> String {
    match (size.min, size.max) {
        (Some(min), Some(max)) => format!("{} nodes of {min} to {max}", size.nodes),
        (_, _) => format!("{} nodes", size.nodes),
    }
}

const fn kind(kind: PoolKind) -> Option<&'static str> {
    match kind {
        PoolKind::Managed => None,
        PoolKind::Automatic => Some("replaced by the cloud itself"),
        PoolKind::Karpenter => Some("replaced by Karpenter"),
        PoolKind::SelfManaged => Some("yours to replace"),
        PoolKind::PerPod => Some("a machine for each pod"),
    }
}

fn addons(page: &mut Page, cloud: &CloudCluster, columns: usize) {
    if cloud.addons.is_empty() {
        return;
    }
    let words = |addon: &Addon| format!("{} {}{}", addon.name, addon.version, state(&addon.state));
    let all: Vec<String> = cloud.addons.iter().map(words).collect();
    page.lines(hang("  add-ons    ", &all.join("; "), columns));
}
