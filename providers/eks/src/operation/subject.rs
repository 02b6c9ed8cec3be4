//! What an update is of.

use aws_sdk_eks::types::Update;
use upgrade_core::plan::Action;
use upgrade_core::plan::Subject as Planned;
use upgrade_provider::{ErrorKind, PortError};

use crate::provider::Eks;

/// What an update is of: EKS keeps the updates of each apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The control plane.
    Cluster,
    /// A node group.
    Group(String),
    /// An add-on.
    Addon(String),
}

impl Subject {
    /// What an action's update would be of; none for what is done to a node.
    pub(super) fn of(action: &Action) -> Option<Self> {
        match action.subject() {
            Planned::ControlPlane => Some(Self::Cluster),
            Planned::Pool(pool) => Some(Self::Group(pool.to_string())),
            Planned::Addon(addon) => Some(Self::Addon(addon.to_string())),
            Planned::Node(_) => None,
        }
    }
}

/// An update; none where EKS knows none of that id.
pub(crate) async fn describe_update(eks: &Eks, of: &Subject, id: &str) -> Result<Option<Update>, PortError> {
    let purpose = format!("look at update {id}");
    let call = eks.call(&purpose, "DescribeUpdate");
    let asked = eks.client.describe_update().name(&eks.names.cluster).update_id(id);
    let asked = match of {
        Subject::Cluster => asked,
        Subject::Group(name) => asked.nodegroup_name(name),
        Subject::Addon(name) => asked.addon_name(name),
    };
    match asked.send().await.map_err(|error| call.failed(error)) {
        Ok(answer) => Ok(answer.update),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
