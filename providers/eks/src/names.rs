//! From a kubeconfig to the names by which EKS knows the cluster.
//!
//! What was asked for by a flag wins; then what the credential command is given, as that is what works today; then the
//! ARN that `aws eks update-kubeconfig` and the name that eksctl use for entries; and the address at last, which names
//! the region only. Nothing is asked of anybody here.

use std::fmt;

use upgrade_provider::{Entry, ErrorKind, GivenNames, Login, PortError};

/// What EKS is asked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    /// The account, where anything names it; the cluster's ARN tells in the end.
    pub(crate) account: Option<String>,
    /// The region.
    pub(crate) region: String,
    /// The cluster.
    pub(crate) cluster: String,
    /// The profile whose credentials the kubeconfig's own command uses.
    pub(crate) profile: Option<String>,
    /// The role that command takes on.
    pub(crate) role: Option<String>,
}

/// One of the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// The account.
    Account,
    /// The region.
    Region,
    /// The cluster.
    Cluster,
}

/// A name that is missing, or is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NameError {
    /// Nothing names it.
    #[error("the kubeconfig does not tell the {name} of the cluster in AWS: found the server {server}")]
    Missing {
        /// Which.
        name: Name,
        /// Where it was looked for last.
        server: String,
    },
    /// It was asked for and cannot be one.
    #[error("expected {expected}, found {found:?}")]
    Invalid {
        /// Which.
        name: Name,
        /// What one looks like.
        expected: &'static str,
        /// What was given.
        found: String,
    },
}

impl NameError {
    /// What to type next.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Missing { name, .. } | Self::Invalid { name, .. } => format!("name it: {}", name.flag()),
        }
    }
}

impl From<NameError> for PortError {
    fn from(error: NameError) -> Self {
        let hint = error.hint();
        Self::new(ErrorKind::Refused, error.to_string()).hint(hint)
    }
}

impl Name {
    const fn flag(self) -> &'static str {
        match self {
            Self::Account => "--cloud-account 123456789012",
            Self::Region => "--cloud-region eu-west-1",
            Self::Cluster => "--cloud-cluster NAME (aws eks list-clusters --region REGION)",
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Account => "account",
            Self::Region => "region",
            Self::Cluster => "name",
        })
    }
}

/// The names, as the kubeconfig and the flags have them.
///
/// # Errors
/// When the region or the cluster is named by neither, or a flag's value cannot be a name.
pub(crate) fn names(entry: &Entry, given: &GivenNames) -> Result<Names, NameError> {
    let found = Found::of_login(entry.login.as_ref())
        .or(Found::of_arn(&entry.cluster))
        .or(Found::of_arn(&entry.context))
        .or(Found::of_eksctl(&entry.cluster))
        .or(Found { region: region_of_server(&entry.server), ..Found::default() });
    let asked = Found {
        account: given.account.as_deref().map(|text| valid(Name::Account, text)).transpose()?,
        region: given.region.as_deref().map(|text| valid(Name::Region, text)).transpose()?,
        cluster: given.cluster.as_deref().map(|text| valid(Name::Cluster, text)).transpose()?,
        ..Found::default()
    };
    let all = asked.or(found);
    let missing = |name| NameError::Missing { name, server: entry.server.clone() };
    Ok(Names {
        account: all.account,
        region: all.region.ok_or_else(|| missing(Name::Region))?,
        cluster: all.cluster.ok_or_else(|| missing(Name::Cluster))?,
        profile: all.profile,
        role: all.role,
    })
}

/// What one place tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Found {
    account: Option<String>,
    region: Option<String>,
    cluster: Option<String>,
    profile: Option<String>,
    role: Option<String>,
}

impl Found {
    fn or(self, other: Self) -> Self {
        // Another cluster's account or region would be worse than none.
        let same = match (&self.cluster, &other.cluster) {
            (Some(one), Some(another)) => one == another,
            (None, _) | (_, None) => true,
        };
        let other = if same { other } else { Self { profile: other.profile, role: other.role, ..Self::default() } };
        Self {
            account: self.account.or(other.account),
            region: self.region.or(other.region),
            cluster: self.cluster.or(other.cluster),
            profile: self.profile.or(other.profile),
            role: self.role.or(other.role),
        }
    }

    /// `aws eks get-token --cluster-name NAME`, or `aws-iam-authenticator token -i NAME`.
    fn of_login(login: Option<&Login>) -> Self {
        let Some(login) = login else { return Self::default() };
        let program = login.command.rsplit(['/', '\\']).next().unwrap_or_default().trim_end_matches(".exe");
        let cluster: &[&str] = match program {
            "aws" => &["--cluster-name", "--cluster-id"],
            "aws-iam-authenticator" | "heptio-authenticator-aws" => &["-i", "--cluster-id"],
            _ => return Self::default(),
        };
        let option = |names: &[&str]| names.iter().find_map(|name| value_of(&login.args, name));
        let variable = |names: &[&str]| {
            let of = |name: &&str| login.env.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
            names.iter().find_map(of).filter(|value| !value.is_empty())
        };
        Self {
            account: None,
            region: option(&["--region"]).or_else(|| variable(&["AWS_REGION", "AWS_DEFAULT_REGION"])),
            cluster: option(cluster),
            profile: option(&["--profile"]).or_else(|| variable(&["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])),
            role: option(&["--role-arn", "--role", "-r"]),
        }
    }

    /// `arn:aws:eks:eu-west-1:123456789012:cluster/shop`.
    fn of_arn(text: &str) -> Self {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [_, partition, "eks", region, account, resource] = parts.as_slice() else { return Self::default() };
        let Some(cluster) = resource.strip_prefix("cluster/").filter(|_| partition.starts_with("aws")) else {
            return Self::default();
        };
        Self {
            account: Some((*account).to_owned()),
            region: Some((*region).to_owned()),
            cluster: Some(cluster.to_owned()),
            ..Self::default()
        }
    }

    /// `shop.eu-west-1.eksctl.io`.
    fn of_eksctl(text: &str) -> Self {
        let Some((cluster, region)) = text.strip_suffix(".eksctl.io").and_then(|rest| rest.rsplit_once('.')) else {
            return Self::default();
        };
        Self { region: Some(region.to_owned()), cluster: Some(cluster.to_owned()), ..Self::default() }
    }
}

/// The value of an option, written apart or with `=`.
fn value_of(args: &[String], name: &str) -> Option<String> {
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == name {
            return args.next().cloned();
        }
        if let Some(value) = arg.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
            return Some(value.to_owned());
        }
    }
    None
}

/// `https://ID.gr7.eu-west-1.eks.amazonaws.com`, with `.cn` in China.
fn region_of_server(server: &str) -> Option<String> {
    let host = server.split_once("://").map_or(server, |(_, rest)| rest).split(['/', ':']).next()?;
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let host = host.strip_suffix(".cn").unwrap_or(&host);
    let region = host.strip_suffix(".eks.amazonaws.com")?.rsplit('.').next()?;
    Some(region.to_owned())
}

fn valid(name: Name, text: &str) -> Result<String, NameError> {
    let plain = |extra: &str| text.chars().all(|char| char.is_ascii_alphanumeric() || extra.contains(char));
    let begins = text.starts_with(|char: char| char.is_ascii_alphanumeric());
    let (holds, expected) = match name {
        Name::Account => {
            (text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()), "an account of twelve digits")
        }
        Name::Region => (begins && plain("-") && text.contains('-'), "a region such as eu-west-1"),
        Name::Cluster => {
            (begins && plain("-_") && text.len() <= 100, "a cluster's name of up to 100 letters, digits, - and _")
        }
    };
    if holds { Ok(text.to_owned()) } else { Err(NameError::Invalid { name, expected, found: text.to_owned() }) }
}

#[cfg(test)]
mod tests;
