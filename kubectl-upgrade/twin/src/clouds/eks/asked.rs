//! A request, taken apart.

use http::{Method, header};
use serde_json::{Map, Value};
use upgrade_core::version::Minor;

use super::fault::{Code, Fault};
use crate::api::Call;

/// A request.
pub(super) struct Asked<'a> {
    call: &'a Call,
    /// The parts of its path.
    pub(super) path: &'a [&'a str],
    /// Its body; empty where there was none.
    pub(super) body: Map<String, Value>,
    /// The region it is signed for.
    pub(super) region: String,
}

impl<'a> Asked<'a> {
    /// Takes a request apart. Its signature is not checked, but must be there.
    pub(super) fn read(call: &'a Call, path: &'a [&'a str]) -> Result<Self, Fault> {
        let region = signed_for(call.header(header::AUTHORIZATION), "eks");
        let region =
            region.ok_or_else(|| Fault::new(Code::MissingAuthenticationToken, "Missing Authentication Token"))?;
        let body = match call.body.is_empty() {
            true => Map::new(),
            false => serde_json::from_slice(&call.body)
                .map_err(|_| Fault::new(Code::InvalidParameter, "expected a JSON object as the body"))?,
        };
        Ok(Self { call, path, body, region })
    }

    /// What it asks for, whatever it says of it.
    pub(super) fn what(&self) -> String {
        self.call.what()
    }

    /// The method.
    pub(super) fn method(&self) -> &Method {
        &self.call.method
    }

    /// A parameter of the query; empty where there is none.
    pub(super) fn query(&self, name: &str) -> &str {
        self.call.query(name)
    }

    /// All values of a parameter of the query.
    pub(super) fn all(&self, name: &'a str) -> impl Iterator<Item = &str> {
        self.call.queries(name)
    }

    /// A member of the body that is text; none where it is missing or empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A member of the body that is true.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.body.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A member of the body that is a minor.
    pub(super) fn minor(&self, name: &str) -> Result<Option<Minor>, Fault> {
        let text = self.text(name);
        let parsed = text.map(str::parse).transpose();
        parsed.map_err(|_| {
            let found = text.unwrap_or_default();
            Fault::new(
                Code::InvalidParameter,
                format!("unsupported Kubernetes version {found}: expected one such as 1.34"),
            )
        })
    }

    /// How many of a list are asked for, from the query or the body.
    pub(super) fn page_size(&self) -> Option<usize> {
        let in_body = self.body.get("maxResults").and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok());
        self.query("maxResults").parse().ok().or(in_body)
    }

    /// Which page, from the query or the body.
    pub(super) fn page(&self) -> &str {
        self.text("nextToken").unwrap_or_else(|| self.query("nextToken"))
    }
}

/// The region of `AWS4-HMAC-SHA256 Credential=KEY/20261122/eu-west-1/eks/aws4_request, …`, if it is signed for that service.
pub(super) fn signed_for(authorization: &str, service: &str) -> Option<String> {
    let scope = authorization.strip_prefix("AWS4-HMAC-SHA256 ")?.split(',').map(str::trim);
    let scope = scope.filter_map(|part| part.strip_prefix("Credential=")).next()?;
    let mut parts = scope.split('/').skip(2);
    let region = parts.next()?;
    (parts.next() == Some(service)).then(|| region.to_owned())
}
