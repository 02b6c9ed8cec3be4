//! `/flagz`: the flags that the server runs with.

use std::collections::BTreeMap;

use serde_json::json;

use super::refusal::Refusal;
use super::reply::Reply;
use super::route::Asked;
use super::server;
use super::zpages::{Page, head};
use crate::world::World;

/// The flags as data; its head says where it is from.
static DEFAULTS: &str = include_str!("../../data/apiserver-flags.tsv");

/// The answer; none where the server has no such page.
pub(super) fn answer(world: &World, asked: &Asked<'_>) -> Result<Option<Reply>, Refusal> {
    let page = Page::accepted(asked, "Flagz")?;
    let lines = DEFAULTS.lines().filter(|line| !line.starts_with('#'));
    let mut flags: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once('\t'))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    flags.extend(server::flags(world, asked.host));
    Ok(page.map(|page| match page {
        Page::Text => {
            let lines: String = flags.iter().map(|(name, value)| format!("{name} {value}\n")).collect();
            Reply::text(200, head("flagz") + &lines)
        }
        Page::Structured(version) => {
            let page = json!({
                "kind": "Flagz",
                "apiVersion": format!("config.k8s.io/{version}"),
                "metadata": {"name": "apiserver"},
                "flags": flags,
            });
            Page::structured(version, "flagz", format!("{page}\n"))
        }
    }))
}
