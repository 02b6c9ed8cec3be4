//! From a kubeconfig to GKE's names: project, location, cluster.

use upgrade_core::inventory::CloudNames;
use upgrade_provider::{Entry, ErrorKind, GivenNames, PortError};

const NAME_IT: &str = "name it: --cloud-account PROJECT --cloud-region REGION-OR-ZONE --cloud-cluster NAME; all of yours: \
                       gcloud container clusters list";

/// The names that were given, and for the rest those that `gcloud container clusters get-credentials` wrote.
///
/// # Errors
/// When neither tells one of them.
pub(crate) fn names(entry: &Entry, given: &GivenNames) -> Result<CloudNames, PortError> {
    let written = written(&entry.context).or_else(|| written(&entry.cluster));
    let [project, location, cluster] = written.map_or([None, None, None], |names| names.map(Some));
    let account = given.account.clone().or(project);
    let region = given.region.clone().or(location);
    let cluster = given.cluster.clone().or(cluster);
    match (account, region, cluster) {
        (Some(account), Some(region), Some(cluster)) => Ok(CloudNames { account, region, group: None, cluster }),
        (account, region, cluster) => {
            let missing = [(account, "project"), (region, "region or zone"), (cluster, "name")];
            let missing: Vec<&str> =
                missing.into_iter().filter(|(value, _)| value.is_none()).map(|(_, what)| what).collect();
            let message = format!(
                "expected a context such as gke_PROJECT_LOCATION_NAME, found {:?}, which does not tell the cluster's {}",
                entry.context,
                missing.join(" and ")
            );
            Err(PortError::new(ErrorKind::NotFound, message).hint(NAME_IT))
        }
    }
}

/// The names in `gke_PROJECT_LOCATION_NAME`: none of them has an underscore.
fn written(name: &str) -> Option<[String; 3]> {
    let mut parts = name.strip_prefix("gke_")?.split('_').map(str::to_owned);
    let names = [parts.next()?, parts.next()?, parts.next()?];
    (parts.next().is_none() && names.iter().all(|name| !name.is_empty())).then_some(names)
}

/// `projects/P/locations/L`.
pub(crate) fn parent(names: &CloudNames) -> String {
    format!("projects/{}/locations/{}", names.account, names.region)
}

/// `projects/P/locations/L/clusters/C`.
pub(crate) fn cluster(names: &CloudNames) -> String {
    format!("{}/clusters/{}", parent(names), names.cluster)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(context: &str, cluster: &str) -> Entry {
        Entry { context: context.to_owned(), cluster: cluster.to_owned(), ..Entry::default() }
    }

    #[test]
    fn names_come_from_the_context_or_the_entry_or_a_person() {
        let written = "gke_my-project_europe-west3_shop";
        for entry in [entry(written, ""), entry("shop", written)] {
            let found = names(&entry, &GivenNames::default()).unwrap();
            assert_eq!(cluster(&found), "projects/my-project/locations/europe-west3/clusters/shop");
        }
        let given = GivenNames { region: Some("us-east1-b".to_owned()), ..GivenNames::default() };
        assert_eq!(names(&entry(written, ""), &given).unwrap().region, "us-east1-b");
        let domain = names(&entry("gke_example.com:shop_us-east1_a", ""), &GivenNames::default()).unwrap();
        assert_eq!(domain.account, "example.com:shop");
    }

    #[test]
    fn what_is_not_told_is_asked_for_by_name() {
        let given = GivenNames { account: Some("p".to_owned()), ..GivenNames::default() };
        for context in ["prod", "gke_a_b", "gke_a__c", "gke_a_b_c_d"] {
            let error = names(&entry(context, ""), &given).unwrap_err();
            assert_eq!(error.kind, ErrorKind::NotFound);
            assert!(error.message.ends_with("region or zone and name"), "{}", error.message);
            assert!(error.hint.unwrap().contains("--cloud-region"));
        }
    }
}
