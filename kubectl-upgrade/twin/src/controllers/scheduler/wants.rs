//! What a pod wants of the node it runs on.

use serde_json::{Value, json};

use crate::controllers::taints::Toleration;
use crate::json::{at, entries, items, text};
use crate::quantity;
use crate::selector::{Labels, Selector};
use crate::store::Requests;

/// A pod's wishes, read once.
#[derive(Debug)]
pub(crate) struct Wants {
    pub(crate) namespace: String,
    pub(crate) labels: Labels,
    pub(crate) owner: String,
    pub(crate) requests: Requests,
    pub(crate) tolerations: Vec<Toleration>,
    pub(crate) nodes: NodeChoice,
    pub(crate) beside: Vec<PodTerm>,
    pub(crate) apart: Vec<PodTerm>,
    pub(crate) spread: Vec<Spread>,
    pub(crate) claims: Vec<String>,
}

/// Which nodes a pod accepts by their labels and names.
#[derive(Clone, Debug, Default)]
pub(crate) struct NodeChoice {
    labels: Selector,
    /// One of these must match, where there are any.
    terms: Vec<NodeTerm>,
}

#[derive(Clone, Debug)]
struct NodeTerm {
    labels: Selector,
    fields: Selector,
    /// The one node it names, where it names one.
    name: Option<String>,
}

/// Pods to be near to, or away from.
#[derive(Clone, Debug)]
pub(crate) struct PodTerm {
    pub(crate) selector: Selector,
    pub(crate) topology: String,
    pub(crate) namespaces: Vec<String>,
}

/// How a pod bound to a node keeps others away.
pub(crate) type Repulsion = PodTerm;

/// A topology spread constraint that must hold.
#[derive(Clone, Debug)]
pub(crate) struct Spread {
    pub(crate) selector: Selector,
    pub(crate) topology: String,
    pub(crate) most_skew: u32,
    pub(crate) fewest_domains: u32,
}

impl Wants {
    pub(crate) fn of(pod: &Value) -> Self {
        let labels: Labels = entries(pod, "/metadata/labels")
            .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect();
        let owner = items(pod, "/metadata/ownerReferences").find(|owner| *at(owner, "/controller") == json!(true));
        let claims = items(pod, "/spec/volumes").map(|volume| text(volume, "/persistentVolumeClaim/claimName"));
        Self {
            namespace: text(pod, "/metadata/namespace").to_owned(),
            owner: owner.map_or("", |owner| text(owner, "/uid")).to_owned(),
            requests: quantity::requests(pod),
            tolerations: Toleration::of(pod),
            nodes: NodeChoice::of(pod),
            beside: PodTerm::all(pod, "podAffinity"),
            apart: PodTerm::all(pod, "podAntiAffinity"),
            spread: Spread::all(pod, &labels),
            claims: claims.filter(|claim| !claim.is_empty()).map(str::to_owned).collect(),
            labels,
        }
    }
}

impl NodeChoice {
    /// What a pod, or a pod template, says.
    pub(crate) fn of(pod: &Value) -> Self {
        let required = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
        Self { labels: Selector::of_labels(entries(pod, "/spec/nodeSelector")), terms: NodeTerm::all(pod, required) }
    }

    /// What a PersistentVolume says.
    pub(crate) fn of_volume(volume: &Value) -> Self {
        let zones = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];
        let labels = entries(volume, "/metadata/labels").filter(|(key, _)| zones.contains(&key.as_str()));
        Self {
            labels: Selector::of_labels(labels),
            terms: NodeTerm::all(volume, "/spec/nodeAffinity/required/nodeSelectorTerms"),
        }
    }

    /// Whether it accepts the node.
    pub(crate) fn accepts(&self, name: &str, labels: &Labels) -> bool {
        self.labels.matches(labels)
            && (self.terms.is_empty() || self.terms.iter().any(|term| term.accepts(name, labels)))
    }

    /// The only node it accepts, where it names one.
    pub(crate) fn only(&self) -> Option<&str> {
        match self.terms.as_slice() {
            [term] => term.name.as_deref(),
            _ => None,
        }
    }
}

impl NodeTerm {
    fn all(value: &Value, pointer: &str) -> Vec<Self> {
        items(value, pointer).map(Self::read).collect()
    }

    fn read(term: &Value) -> Self {
        let fields = items(term, "/matchFields")
            .find(|field| text(field, "/key") == "metadata.name" && text(field, "/operator") == "In");
        let selector = |expressions: &Value| Selector::read(&json!({ "matchExpressions": expressions }));
        Self {
            labels: selector(at(term, "/matchExpressions")).unwrap_or_default(),
            fields: selector(at(term, "/matchFields")).unwrap_or_default(),
            name: fields.map(|field| text(field, "/values/0").to_owned()),
        }
    }

    fn accepts(&self, name: &str, labels: &Labels) -> bool {
        // A term without anything matches no node.
        if self.labels.is_empty() && self.fields.is_empty() {
            return false;
        }
        let fields = || [("metadata.name".to_owned(), name.to_owned())].into();
        self.labels.matches(labels) && (self.fields.is_empty() || self.fields.matches(&fields()))
    }
}

impl PodTerm {
    /// The terms by which a pod keeps others away.
    pub(crate) fn of(pod: &Value) -> Vec<Self> {
        Self::all(pod, "podAntiAffinity")
    }

    fn all(pod: &Value, kind: &str) -> Vec<Self> {
        let own = text(pod, "/metadata/namespace");
        let read = |term: &Value| {
            let named: Vec<String> =
                items(term, "/namespaces").filter_map(|name| name.as_str().map(str::to_owned)).collect();
            Some(Self {
                selector: Selector::read(at(term, "/labelSelector"))?,
                topology: text(term, "/topologyKey").to_owned(),
                namespaces: if named.is_empty() { vec![own.to_owned()] } else { named },
            })
        };
        let pointer = format!("/spec/affinity/{kind}/requiredDuringSchedulingIgnoredDuringExecution");
        items(pod, &pointer).filter_map(read).collect()
    }
}

impl Spread {
    fn all(pod: &Value, labels: &Labels) -> Vec<Self> {
        let must = |one: &&Value| matches!(text(one, "/whenUnsatisfiable"), "" | "DoNotSchedule");
        let count = |one: &Value, pointer: &str| at(one, pointer).as_u64().and_then(|count| u32::try_from(count).ok());
        let read = |one: &Value| {
            let mut selector = at(one, "/labelSelector").clone();
            for key in items(one, "/matchLabelKeys").filter_map(Value::as_str) {
                if let Some(value) = labels.get(key) {
                    crate::json::set(&mut selector, &["matchLabels", key], value.clone());
                }
            }
            Some(Self {
                selector: Selector::read(&selector)?,
                topology: text(one, "/topologyKey").to_owned(),
                most_skew: count(one, "/maxSkew").unwrap_or(1),
                fewest_domains: count(one, "/minDomains").unwrap_or(1),
            })
        };
        items(pod, "/spec/topologySpreadConstraints").filter(must).filter_map(read).collect()
    }
}
