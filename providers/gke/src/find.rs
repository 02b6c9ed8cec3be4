//! Finds operations again: GKE knows them by the type of what they do and the link of what they do it to.

use google_cloud_container_v1::model::Operation;
use google_cloud_container_v1::model::operation::{Status, Type};
use upgrade_core::ids::PoolName;
use upgrade_core::inventory::CloudNames;

/// Whether an operation is done to the cluster or a part of it.
pub(crate) fn is_of(operation: &Operation, names: &CloudNames) -> bool {
    let tail = format!("/clusters/{}", names.cluster);
    let Some((_, rest)) = operation.target_link.split_once(&tail) else { return false };
    rest.is_empty() || rest.starts_with('/')
}

/// The pool it is done to.
pub(crate) fn pool_of(operation: &Operation) -> Option<&str> {
    operation.target_link.split_once("/nodePools/").map(|(_, pool)| pool)
}

/// Whether it goes on.
pub(crate) fn is_running(operation: &Operation) -> bool {
    operation.status != Status::Done
}

/// The newest operation of one of these types, on that pool or on the cluster itself.
pub(crate) fn newest<'a>(
    operations: &'a [Operation],
    names: &CloudNames,
    types: &[Type],
    pool: Option<&PoolName>,
) -> Option<&'a Operation> {
    operations
        .iter()
        .filter(|one| is_of(one, names) && types.contains(&one.operation_type))
        .filter(|one| pool_of(one) == pool.map(PoolName::as_str))
        // RFC 3339 in one zone: what is later is greater.
        .max_by(|one, other| one.start_time.cmp(&other.start_time))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(name: &str, link: &str, start: &str) -> Operation {
        Operation::new()
            .set_name(name)
            .set_target_link(format!("https://container.googleapis.com/v1/projects/1/locations/r/{link}"))
            .set_start_time(start)
            .set_operation_type(Type::UpgradeNodes)
    }

    #[test]
    fn operations_are_told_apart_by_what_they_are_done_to() {
        let names =
            CloudNames { account: "p".to_owned(), region: "r".to_owned(), group: None, cluster: "shop".to_owned() };
        let all = [
            operation("1", "clusters/shop/nodePools/web", "2026-01-01T00:00:00Z"),
            operation("2", "clusters/shop/nodePools/web", "2026-01-02T00:00:00Z"),
            operation("3", "clusters/shop-2/nodePools/web", "2026-01-03T00:00:00Z"),
            operation("4", "clusters/shop", "2026-01-04T00:00:00Z"),
        ];
        let found =
            |pool: Option<&PoolName>| newest(&all, &names, &[Type::UpgradeNodes], pool).map(|one| one.name.clone());
        assert_eq!(found(Some(&PoolName::new("web"))).as_deref(), Some("2"));
        assert_eq!(found(None).as_deref(), Some("4"));
        assert_eq!(found(Some(&PoolName::new("other"))), None);
        assert!(newest(&all, &names, &[Type::UpgradeMaster], None).is_none());
    }
}
