//! Managed node groups: the pools of EKS.

mod change;
mod config;
mod create;
mod show;

pub(super) use change::{delete, update_version};
pub use config::settings;
pub(super) use config::update_config;
pub(super) use create::create;
pub(super) use show::{describe, list, version};

use serde_json::Value;
use upgrade_core::version::Minor;

use super::fault::{Code, Fault};
use crate::clouds::Offer;

/// The last minor with images of Amazon Linux 2. Source: the user guide's page on its images.
const LAST_WITH_AL2: Minor = Minor::new(1, 32);

/// Whether nodes with that kind of image can be of that minor.
fn with_image(ami_type: &str, minor: Minor) -> Result<(), Fault> {
    if !ami_type.starts_with("AL2_") || minor <= LAST_WITH_AL2 {
        return Ok(());
    }
    let message = format!("AMI Type {ami_type} is only supported for kubernetes versions {LAST_WITH_AL2} or earlier");
    Err(Fault::new(Code::InvalidParameter, message))
}

/// The release of an offer's image: its newest, or the one asked for.
fn release(offer: &Offer, asked: Option<&str>) -> Result<String, Fault> {
    let older = offer.extra.get("releases").and_then(Value::as_array).into_iter().flatten();
    let mut known = std::iter::once(offer.image.as_str()).chain(older.filter_map(Value::as_str));
    match asked {
        None => Ok(offer.image.clone()),
        Some(asked) if known.any(|known| known == asked) => Ok(asked.to_owned()),
        Some(asked) => {
            let minor = offer.version.minor();
            let message = format!("Requested release version {asked} is not valid for kubernetes version {minor}.");
            Err(Fault::new(Code::InvalidParameter, message))
        }
    }
}
