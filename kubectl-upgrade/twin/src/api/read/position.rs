//! Which version of a list is asked for.

use super::token::Token;
use crate::api::call::Call;
use crate::api::refusal::{Cause, Refusal};

/// The first minor that lets the client say how its version is to be understood.
const MATCH_SINCE: u16 = 19;

/// The version of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// The latest.
    Latest,
    /// The latest, which must be at least that one.
    AtLeast(u64),
    /// That one.
    Exactly(u64),
    /// Where an earlier part ended.
    After(Token),
}

impl Position {
    /// Reads the query.
    pub(super) fn read(call: &Call, minor: u16, limited: bool) -> Result<Self, Refusal> {
        let (version, next) = (call.query("resourceVersion"), call.query("continue"));
        let matching = if minor >= MATCH_SINCE { call.query("resourceVersionMatch") } else { "" };
        check_match(matching, version, next)?;
        if !next.is_empty() {
            if !version.is_empty() && version != "0" {
                return Err(Refusal::bad_request("specifying resource version is not allowed when using continue"));
            }
            return Token::decode(next).map(Self::After);
        }
        let number = read_version(version)?;
        Ok(match (number, matching) {
            (None | Some(0), _) => Self::Latest,
            (Some(version), "Exact") => Self::Exactly(version),
            (Some(version), "") if limited => Self::Exactly(version),
            (Some(version), _) => Self::AtLeast(version),
        })
    }
}

/// A resource version in a query; none where none is given.
pub(crate) fn read_version(text: &str) -> Result<Option<u64>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        let why = format!("strconv.ParseUint: parsing {text:?}: invalid syntax");
        Refusal::new(500, "", format!("resourceVersion: Invalid value: {text:?}: {why}"))
    })
}

fn check_match(matching: &str, version: &str, next: &str) -> Result<(), Refusal> {
    const FIELD: &str = "resourceVersionMatch";
    let cause = match matching {
        "" => return Ok(()),
        _ if !next.is_empty() => Cause::forbidden(FIELD, "resourceVersionMatch is forbidden when continue is provided"),
        _ if version.is_empty() => {
            Cause::forbidden(FIELD, "resourceVersionMatch is forbidden unless resourceVersion is provided")
        }
        "Exact" if version == "0" => {
            Cause::forbidden(FIELD, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")
        }
        "Exact" | "NotOlderThan" => return Ok(()),
        other => Cause::not_supported(FIELD, other, &["Exact", "NotOlderThan", ""]),
    };
    Err(Refusal::invalid("ListOptions.meta.k8s.io", "", &[cause]))
}
