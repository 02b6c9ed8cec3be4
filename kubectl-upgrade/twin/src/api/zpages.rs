//! The forms in which `/statusz` and `/flagz` are told, by which nothing but their text differs.

use super::accept;
use super::refusal::Refusal;
use super::reply::Reply;
use super::route::Asked;

/// The first minor that has these pages by default. Before, they were alpha and off.
const SINCE: u16 = 36;

/// The form of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// For people.
    Text,
    /// As an object of that version of `config.k8s.io`.
    Structured(&'static str),
}

impl Page {
    /// The form asked for; none where the server has no such pages. `kind` is that of the structured form.
    ///
    /// # Errors
    /// When no form asked for is known.
    pub(super) fn accepted(asked: &Asked<'_>, kind: &str) -> Result<Option<Self>, Refusal> {
        if asked.minor() < SINCE {
            return Ok(None);
        }
        let header = asked.call.header(http::header::ACCEPT);
        let page = accept::alternatives(header).find_map(|accepted| match accepted.media {
            "text/plain" | "text/*" | "*/*" => Some(Self::Text),
            "application/json" if accepted.is_form(kind, "config.k8s.io") => match accepted.parameter("v") {
                "v1beta1" => Some(Self::Structured("v1beta1")),
                "v1alpha1" => Some(Self::Structured("v1alpha1")),
                _ => None,
            },
            _ => None,
        });
        match page {
            Some(page) => Ok(Some(page)),
            None if header.is_empty() => Ok(Some(Self::Text)),
            None => {
                let why = "only the following media types are accepted: application/json, application/yaml, text/plain";
                Err(Refusal::new(406, "NotAcceptable", why))
            }
        }
    }

    /// The media type of a structured form of that kind; `name` is how the page is called.
    pub(super) fn structured(version: &str, name: &str, text: String) -> Reply {
        let media_type = match (name, version) {
            ("statusz", "v1beta1") => "application/json;g=config.k8s.io;v=v1beta1;as=Statusz",
            ("statusz", _) => "application/json;g=config.k8s.io;v=v1alpha1;as=Statusz",
            (_, "v1beta1") => "application/json;g=config.k8s.io;v=v1beta1;as=Flagz",
            _ => "application/json;g=config.k8s.io;v=v1alpha1;as=Flagz",
        };
        let mut reply = Reply { media_type, ..Reply::json(200, text) };
        if version == "v1alpha1" {
            let warning = format!("This version of the {name} endpoint is deprecated. Please use a newer version.");
            reply.warnings.push(warning);
        }
        reply
    }
}

/// How a page for people begins.
pub(super) fn head(name: &str) -> String {
    format!(
        "\napiserver {name}\nWarning: This endpoint is not meant to be machine parseable, has no formatting \
         compatibility guarantees and is for debugging purposes only.\n"
    )
}
