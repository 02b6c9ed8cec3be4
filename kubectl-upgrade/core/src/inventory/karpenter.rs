//! What Karpenter says of its NodePools, where it runs. Source of what each member means: karpenter.sh, "NodePools",
//! "NodeClasses" and "Disruption", of v1.

use serde::{Deserialize, Serialize};

use crate::ids::{NodeName, PoolName};

/// A NodePool of Karpenter, or of what EKS Auto Mode makes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodePool {
    /// Its name.
    pub name: PoolName,
    /// The NodeClass that says how its machines are made.
    pub class: String,
    /// How the image of its machines is chosen.
    pub image: ImageChoice,
    /// How many nodes may be replaced at a time; the strictest holds.
    pub budgets: Vec<DisruptionBudget>,
    /// After how long a node is replaced in any case, budgets or not: `720h`; none when never.
    pub expire_after: Option<String>,
    /// Its machines.
    pub claims: Vec<NodeClaim>,
}

/// How Karpenter chooses an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImageChoice {
    /// By something that another image comes to fit: `alias al2023@latest`, `tags team=shop`.
    By(String),
    /// By the ids of images: no other ever fits.
    Pinned(Vec<String>),
    /// Its NodeClass is of a kind not known here, or was not seen.
    Unknown,
}

/// How many nodes may be replaced at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisruptionBudget {
    /// A count or a percentage, as written.
    pub nodes: String,
    /// For what: `Drifted`, `Empty`, `Underutilized`; for all where none is named.
    pub reasons: Vec<String>,
    /// When it holds, as a cron line; always where there is none.
    pub schedule: Option<String>,
}

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeClaim {
    /// Its name.
    pub name: String,
    /// Its node, once it has joined.
    pub node: Option<NodeName>,
    /// Whether it differs from what Karpenter would make now.
    pub drifted: bool,
    /// Whether somebody asked that it be left alone (`karpenter.sh/do-not-disrupt`).
    pub left_alone: bool,
}

impl DisruptionBudget {
    /// Whether it bears on nodes that drifted, and allows none.
    #[must_use]
    pub fn allows_no_drift(&self) -> bool {
        let bears = self.reasons.is_empty() || self.reasons.iter().any(|reason| reason == "Drifted");
        bears && matches!(self.nodes.trim_end_matches('%').parse(), Ok(0_u32))
    }
}

impl std::fmt::Display for DisruptionBudget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.nodes)?;
        if !self.reasons.is_empty() {
            write!(f, " if {}", self.reasons.join(" or "))?;
        }
        self.schedule.as_ref().map_or(Ok(()), |schedule| write!(f, " at {schedule}"))
    }
}

impl std::fmt::Display for ImageChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::By(what) => write!(f, "images by {what}"),
            Self::Pinned(ids) => write!(f, "images pinned to {}", ids.join(", ")),
            Self::Unknown => f.write_str("images chosen in a way not known here"),
        }
    }
}

impl NodePool {
    /// What bears on an upgrade, in words.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let budgets: Vec<String> = self.budgets.iter().map(ToString::to_string).collect();
        let mut notes = vec![self.image.to_string(), format!("nodes replaced at a time: {}", budgets.join(", "))];
        notes.extend(self.expire_after.as_ref().map(|after| format!("nodes expire after {after}, budgets or not")));
        let drifted = self.claims.iter().filter(|claim| claim.drifted).count();
        notes.extend((drifted > 0).then(|| format!("{drifted} of {} drifted", self.claims.len())));
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_of_nothing_stands_in_the_way_of_what_it_is_about() {
        let budget = |nodes: &str, reasons: &[&str]| DisruptionBudget {
            nodes: nodes.to_owned(),
            reasons: reasons.iter().map(|reason| (*reason).to_owned()).collect(),
            schedule: None,
        };
        for (budget, none) in [
            (budget("0", &[]), true),
            (budget("0%", &["Empty", "Drifted"]), true),
            (budget("0", &["Underutilized"]), false),
            (budget("10%", &[]), false),
            (budget("1", &["Drifted"]), false),
        ] {
            assert_eq!(budget.allows_no_drift(), none, "{budget}");
        }
        let at_night = DisruptionBudget { schedule: Some("0 9 * * *".to_owned()), ..budget("0", &["Drifted"]) };
        assert_eq!(at_night.to_string(), "0 if Drifted at 0 9 * * *");
    }
}
