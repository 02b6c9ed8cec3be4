//! The forms in which objects can be asked for: the `Accept` header.

use jiff::Timestamp;

use super::refusal::Refusal;
use super::table::Tables;

/// The first minor whose servers know the forms of `meta.k8s.io/v1`.
const META_V1_SINCE: u16 = 15;

/// What servers write, and what stands for it.
const MEDIA: &[&str] =
    &["application/json", "application/yaml", "application/vnd.kubernetes.protobuf", "application/*", "*/*"];

/// How objects are to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As they are.
    Whole,
    /// Their metadata alone, in that version of `meta.k8s.io`.
    Metadata(&'static str),
    /// As the rows of a table for people.
    Table(Tables),
}

/// What the objects are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One object, alone or in an event.
    One,
    /// A list.
    List,
}

impl Form {
    /// The first form that is asked for and can be written.
    pub(crate) fn accepted(accept: &str, minor: u16, shape: Shape) -> Result<Self, Refusal> {
        if accept.trim().is_empty() {
            return Ok(Self::Whole);
        }
        let known = |range: &str| MEDIA.contains(&range.split(';').next().unwrap_or_default().trim());
        if !accept.split(',').any(known) {
            return Err(Refusal::not_acceptable_at_all());
        }
        accept.split(',').find_map(|range| Self::of_range(range, minor, shape)).ok_or_else(Refusal::not_acceptable)
    }

    /// It, with as much of the objects as the parameter `includeObject` of the query says.
    pub(crate) fn including(self, objects: &str) -> Self {
        match self {
            Self::Table(tables) => Self::Table(tables.including(objects)),
            Self::Whole | Self::Metadata(_) => self,
        }
    }

    /// It, at a time of day: tables tell ages.
    pub(crate) fn at(self, now: Timestamp) -> Self {
        match self {
            Self::Table(tables) => Self::Table(tables.at(now)),
            Self::Whole | Self::Metadata(_) => self,
        }
    }

    fn of_range(range: &str, minor: u16, shape: Shape) -> Option<Self> {
        let mut parts = range.split(';').map(str::trim);
        if !MEDIA.contains(&parts.next()?) || range.contains("protobuf") {
            return None;
        }
        let (mut form, mut group, mut version) = ("", "", "");
        for (key, value) in parts.filter_map(|part| part.split_once('=')) {
            match key {
                "as" => form = value,
                "g" => group = value,
                "v" => version = value,
                _ => {}
            }
        }
        if form.is_empty() {
            return Some(Self::Whole);
        }
        let version = match version {
            "v1" if minor >= META_V1_SINCE => "meta.k8s.io/v1",
            "v1beta1" => "meta.k8s.io/v1beta1",
            _ => return None,
        };
        match (form, shape) {
            _ if group != "meta.k8s.io" => None,
            ("Table", Shape::One | Shape::List) => Some(Self::Table(Tables::new(version, minor))),
            ("PartialObjectMetadata", Shape::One) | ("PartialObjectMetadataList", Shape::List) => {
                Some(Self::Metadata(version))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_form_known_is_taken() {
        let ask = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
        assert_eq!(Form::accepted(ask, 30, Shape::List), Ok(Form::Metadata("meta.k8s.io/v1")));
        assert_eq!(Form::accepted(ask, 14, Shape::List), Ok(Form::Whole));
        assert_eq!(Form::accepted("*/*", 30, Shape::One), Ok(Form::Whole));
        assert_eq!(Form::accepted("application/vnd.kubernetes.protobuf, */*", 30, Shape::One), Ok(Form::Whole));
        assert!(Form::accepted("text/html", 30, Shape::One).is_err());
    }
}
