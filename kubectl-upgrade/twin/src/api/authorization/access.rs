//! Who asks, and what they may do.

use http::header::HeaderName;

use crate::api::call::Call;
use crate::api::record::State;
use crate::api::refusal::Refusal;

/// The paths that everyone may read, known or not.
const PUBLIC: &[&str] = &["/healthz", "/livez", "/readyz", "/version"];

/// The paths that everyone may read whose name is known, beside the public ones.
const DISCOVERY: &[&str] = &["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*", "/"];

/// Whose rights everyone has who may do everything.
const MASTERS: &str = "system:masters";

/// A user beside the administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The name that messages show.
    pub name: String,
    /// The groups it is in.
    pub groups: Vec<String>,
    /// The token by which it is known.
    pub token: String,
    /// What it may do.
    pub rules: Vec<Rule>,
}

/// Something that a user may do; `*` stands for everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// The verbs, as in discovery.
    pub verbs: Vec<String>,
    /// The API groups; empty text for the core group.
    pub groups: Vec<String>,
    /// The resources, and subresources as `pods/eviction`.
    pub resources: Vec<String>,
    /// The names of the objects; none for all.
    pub names: Vec<String>,
    /// The namespace it is in; none for everywhere.
    pub namespace: Option<String>,
}

/// Something that someone wants to do with resources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wish<'a> {
    pub(crate) verb: &'a str,
    pub(crate) group: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) subresource: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller<'a> {
    pub(crate) name: &'a str,
    pub(crate) groups: Vec<&'a str>,
    rights: Rights<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rights<'a> {
    All,
    Some(&'a [Rule]),
    Public,
}

impl<'a> Caller<'a> {
    /// Who sent a request. Where no token is asked for, everyone is the administrator.
    ///
    /// # Errors
    /// When the token is nobody's, or someone else is to be played by one who may not.
    pub(crate) fn of(state: &'a State, call: &'a Call, minor: u16) -> Result<Self, Refusal> {
        let own = Self::by_token(state, call.token(), minor).ok_or_else(Refusal::unauthorized)?;
        let played = call.header(HeaderName::from_static("impersonate-user"));
        if played.is_empty() {
            return Ok(own);
        }
        if own.rights != Rights::All {
            let why = format!(
                "users {played:?} is forbidden: User {:?} cannot impersonate resource \"users\" in API \
                               group \"\" at the cluster scope",
                own.name
            );
            return Err(Refusal::new(403, "Forbidden", why));
        }
        let groups = call.headers.get_all("impersonate-group").iter().filter_map(|value| value.to_str().ok());
        Ok(Self::named(state, played, groups.collect()))
    }

    fn by_token(state: &'a State, token: Option<&str>, minor: u16) -> Option<Self> {
        let user = state.users.iter().find(|user| Some(user.token.as_str()) == token);
        match (user, &state.token, token) {
            (Some(user), _, _) => Some(Self::known(user)),
            (None, None, _) => Some(Self::administrator(minor)),
            (None, Some(right), Some(token)) => (right == token).then(|| Self::administrator(minor)),
            (None, Some(_), None) => Some(Self::anonymous()),
        }
    }

    /// The user of that name, in these groups beside its own; one that is not known has no rights.
    pub(crate) fn named(state: &'a State, name: &'a str, groups: Vec<&'a str>) -> Self {
        let user = state.users.iter().find(|user| user.name == name);
        let rights = match user {
            _ if groups.contains(&MASTERS) => Rights::All,
            Some(user) => Rights::Some(&user.rules),
            None if name == "system:anonymous" => Rights::Public,
            None => Rights::Some(&[]),
        };
        let own = user.into_iter().flat_map(|user| user.groups.iter().map(String::as_str));
        Self { name, groups: groups.into_iter().chain(own).collect(), rights }
    }

    fn known(user: &'a User) -> Self {
        let groups = user.groups.iter().map(String::as_str).chain(["system:authenticated"]).collect();
        Self { name: &user.name, groups, rights: Rights::Some(&user.rules) }
    }

    fn administrator(minor: u16) -> Self {
        // https://github.com/kubernetes/kubernetes/pull/121305: from 1.29 kubeadm's admin.conf is of a group of its own.
        let group = if minor >= 29 { "kubeadm:cluster-admins" } else { MASTERS };
        Self { name: "kubernetes-admin", groups: vec![group, "system:authenticated"], rights: Rights::All }
    }

    fn anonymous() -> Self {
        Self { name: "system:anonymous", groups: vec!["system:unauthenticated"], rights: Rights::Public }
    }

    /// Whether it may do that.
    pub(crate) fn may(&self, wish: &Wish<'_>) -> bool {
        match self.rights {
            Rights::All => true,
            Rights::Some(rules) => about_itself(wish) || rules.iter().any(|rule| rule.allows(wish)),
            Rights::Public => false,
        }
    }

    /// Whether it may read a path that is no resource.
    pub(crate) fn may_read(&self, path: &str) -> bool {
        let one_of = |paths: &[&str]| paths.iter().any(|allowed| fits(allowed, path));
        let public = one_of(PUBLIC) || PUBLIC.iter().any(|word| path.starts_with(&format!("{word}/")));
        match self.rights {
            Rights::All => true,
            Rights::Some(_) => public || one_of(DISCOVERY),
            Rights::Public => public,
        }
    }

    /// What it may do in a namespace.
    pub(crate) fn rules(&self, namespace: &str) -> Vec<Rule> {
        match self.rights {
            Rights::All => vec![Rule::everything()],
            Rights::Public => Vec::new(),
            Rights::Some(rules) => {
                let here = |rule: &&Rule| rule.namespace.as_deref().is_none_or(|of| of == namespace);
                rules.iter().filter(here).cloned().collect()
            }
        }
    }

    /// The paths that it may read.
    pub(crate) fn paths(&self) -> Vec<&'static str> {
        match self.rights {
            Rights::All => vec!["*"],
            Rights::Some(_) => PUBLIC.iter().chain(DISCOVERY).copied().collect(),
            Rights::Public => PUBLIC.to_vec(),
        }
    }
}

impl Rule {
    fn everything() -> Self {
        let all = || vec!["*".to_owned()];
        Self { verbs: all(), groups: all(), resources: all(), ..Self::default() }
    }

    fn allows(&self, wish: &Wish<'_>) -> bool {
        let resource = match wish.subresource {
            "" => wish.resource.to_owned(),
            subresource => format!("{}/{subresource}", wish.resource),
        };
        let named = self.names.is_empty() || self.names.iter().any(|name| name == wish.name);
        let here = self.namespace.as_deref().is_none_or(|namespace| namespace == wish.namespace);
        has(&self.verbs, wish.verb) && has(&self.groups, wish.group) && has(&self.resources, &resource) && named && here
    }
}

/// Everyone may ask what they may do, and who they are.
fn about_itself(wish: &Wish<'_>) -> bool {
    wish.verb == "create" && wish.resource.starts_with("selfsubject")
}

fn has(list: &[String], word: &str) -> bool {
    list.iter().any(|allowed| allowed == "*" || allowed == word)
}

fn fits(allowed: &str, path: &str) -> bool {
    match allowed.strip_suffix('*') {
        Some(start) => path.starts_with(start),
        None => allowed == path,
    }
}
