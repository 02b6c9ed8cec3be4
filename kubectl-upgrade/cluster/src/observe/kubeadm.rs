//! kubeadm's own record.

use std::collections::BTreeMap;

use serde::Deserialize;
use upgrade_core::inventory::{Gap, GapSubject, KubeadmRecord};
use upgrade_core::version::Minor;

use super::gaps::gap;
use crate::api::Api;
use crate::wire::ConfigMap;

/// The fields of ClusterConfiguration that are used, the same from v1alpha2 to v1beta4.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ClusterConfiguration {
    api_version: String,
    kubernetes_version: String,
    control_plane_endpoint: String,
    image_repository: String,
    etcd: Etcd,
    feature_gates: BTreeMap<String, bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Etcd {
    external: Option<External>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct External {
    endpoints: Vec<String>,
}

/// The one field of KubeletConfiguration that is used.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct KubeletConfiguration {
    #[serde(rename = "failCgroupV1")]
    fail_cgroup_v1: Option<bool>,
}

/// Reads the record, where there is one. `minor` is the API server's: older kubeadm put it into a ConfigMap's name.
pub(super) async fn ask(api: &Api, minor: impl Future<Output = Option<Minor>>) -> (Option<KubeadmRecord>, Option<Gap>) {
    let get = |name: String| async move {
        api.get_if_there::<ConfigMap>(&format!("/api/v1/namespaces/kube-system/configmaps/{name}")).await
    };
    let (record, kubelet) =
        futures::future::join(get("kubeadm-config".to_owned()), get("kubelet-config".to_owned())).await;
    let record = match record {
        Ok(Some(record)) => record,
        Ok(None) => return (None, None),
        Err(failure) => {
            let what = "get configmap kubeadm-config in namespace kube-system";
            return (None, Some(gap(GapSubject::KubeadmRecord, &failure, what)));
        }
    };
    let mut kubelet = kubelet.ok().flatten();
    if kubelet.is_none()
        && let Some(minor) = minor.await
    {
        kubelet = get(format!("kubelet-config-{minor}")).await.ok().flatten();
    }
    match read(&record, kubelet.as_ref()) {
        Ok(record) => (Some(record), None),
        Err(why) => {
            let hint = Some("look at it: kubectl -n kube-system get configmap kubeadm-config -o yaml".to_owned());
            (None, Some(Gap { subject: GapSubject::KubeadmRecord, why, hint }))
        }
    }
}

fn read(record: &ConfigMap, kubelet: Option<&ConfigMap>) -> Result<KubeadmRecord, String> {
    // MasterConfiguration is what it was called before 1.12.
    let keys = ["ClusterConfiguration", "MasterConfiguration"];
    let text = keys.iter().find_map(|key| record.data.get(*key));
    let text = text.ok_or("ConfigMap kube-system/kubeadm-config has no key ClusterConfiguration")?;
    let found: ClusterConfiguration = serde_saphyr::from_str(text)
        .map_err(|_| "ClusterConfiguration in ConfigMap kube-system/kubeadm-config is not understood")?;
    let version = found
        .kubernetes_version
        .parse()
        .map_err(|error| format!("kubernetesVersion in ConfigMap kube-system/kubeadm-config: {error}"))?;
    let kubelet = kubelet.and_then(|map| map.data.get("kubelet"));
    let kubelet = kubelet.and_then(|text| serde_saphyr::from_str::<KubeletConfiguration>(text).ok());
    Ok(KubeadmRecord {
        version,
        api_version: found.api_version,
        endpoint: found.control_plane_endpoint,
        image_repository: found.image_repository,
        external_etcd: found.etcd.external.is_some_and(|external| !external.endpoints.is_empty()),
        feature_gates: found.feature_gates.into_iter().filter(|(_, on)| *on).map(|(name, _)| name).collect(),
        fail_cgroup_v1: kubelet.and_then(|kubelet| kubelet.fail_cgroup_v1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(key: &str, text: &str) -> ConfigMap {
        ConfigMap { data: [(key.to_owned(), text.to_owned())].into(), ..ConfigMap::default() }
    }

    const CONFIGURATION: &str = "\
apiServer: {}
apiVersion: kubeadm.k8s.io/v1beta4
certificatesDir: /etc/kubernetes/pki
clusterName: kubernetes
controlPlaneEndpoint: lb:6443
etcd:
  local:
    dataDir: /var/lib/etcd
featureGates:
  NodeLocalCRISocket: true
  WaitForAllControlPlaneComponents: false
imageRepository: registry.k8s.io
kind: ClusterConfiguration
kubernetesVersion: v1.34.9
networking:
  podSubnet: 10.244.0.0/16
";

    #[test]
    fn the_fields_that_matter_are_read() {
        let kubelet = map("kubelet", "apiVersion: kubelet.config.k8s.io/v1beta1\nfailCgroupV1: false\n");
        let record = read(&map("ClusterConfiguration", CONFIGURATION), Some(&kubelet)).unwrap();
        assert_eq!(record.version.to_string(), "1.34.9");
        assert_eq!(record.api_version, "kubeadm.k8s.io/v1beta4");
        assert_eq!(record.endpoint, "lb:6443");
        assert_eq!(record.image_repository, "registry.k8s.io");
        assert_eq!(record.feature_gates, ["NodeLocalCRISocket"]);
        assert_eq!((record.external_etcd, record.fail_cgroup_v1), (false, Some(false)));
    }

    #[test]
    fn external_etcd_is_seen() {
        let text = "kubernetesVersion: v1.19.16\netcd:\n  external:\n    endpoints: [https://e1:2379]\n";
        let record = read(&map("ClusterConfiguration", text), None).unwrap();
        assert!(record.external_etcd);
        assert_eq!(record.fail_cgroup_v1, None);
    }

    #[test]
    fn a_record_that_cannot_be_read_says_why() {
        assert!(read(&ConfigMap::default(), None).unwrap_err().contains("no key ClusterConfiguration"));
        let odd = map("ClusterConfiguration", "kubernetesVersion: stable-1\n");
        assert!(read(&odd, None).unwrap_err().contains("\"stable-1\""));
        let broken = map("ClusterConfiguration", "[");
        assert!(read(&broken, None).unwrap_err().contains("is not understood"));
    }
}
