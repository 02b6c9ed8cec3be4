//! The kubeconfig and what goes with it as text, for fuzz targets alone. Nothing named in it is run.

use kube::config::Kubeconfig;

use super::{ConnectError, Connection, kubeconfig, proxy};

/// The kubeconfig of this text with the flags laid over it: the one entry of each kind that applies, and the cluster's
/// name.
///
/// # Errors
/// As [`Connection::connect`], before anything is read or run for it.
pub fn applied(text: &str, flags: &Connection) -> Result<(Kubeconfig, String), ConnectError> {
    let file = Kubeconfig::from_yaml(text).map_err(ConnectError::of_kubeconfig)?;
    let (file, chosen) = kubeconfig::apply(file, flags)?;
    Ok((file, chosen.cluster))
}

/// Whether a list as in `NO_PROXY` names the host.
#[must_use]
pub fn bypassed(list: &str, host: &str) -> bool {
    proxy::bypassed_by(list, host)
}

/// The server's URL as it is shown.
#[must_use]
pub fn shown(url: &http::Uri) -> String {
    super::display_url(url)
}
