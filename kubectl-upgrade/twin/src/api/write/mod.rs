//! Changes of objects: what is checked, filled in and kept.

use super::refusal::Refusal;
use super::reply::Reply;
use super::route::Asked;
use super::target::Target;
use crate::world::World;

macro_rules! to_come {
    ($($verb:ident),*) => {$(
        pub(crate) fn $verb(_: &mut World, _: &Asked<'_>, _: &Target) -> Result<Reply, Refusal> {
            Err(Refusal::method_not_allowed())
        }
    )*};
}
to_come!(create, update, patch, delete, delete_collection);
