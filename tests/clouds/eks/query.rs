//! The published model of EC2's Query protocol, and what breaks it: requests as forms whose names run through the shapes
//! (`Filter.1.Value.2`), replies in XML. Source of the protocol: botocore's `serialize.py` and `parsers.py`.

use std::iter::Peekable;
use std::str::Split;

use serde_json::Value;

use crate::model::pairs;

/// The model, as [`crate::model::Model`] has that of EKS.
pub(crate) struct Query {
    document: Value,
}

/// An element of XML.
#[derive(Debug, Default, PartialEq, Eq)]
struct Element {
    name: String,
    children: Vec<Element>,
    text: String,
}

impl Query {
    pub(crate) fn read(text: &str) -> Self {
        Self { document: serde_json::from_str(text).unwrap() }
    }

    /// The operation that a form asks for.
    pub(crate) fn operation(&self, form: &[u8]) -> Option<String> {
        let form = pairs(std::str::from_utf8(form).ok()?);
        let (_, action) = form.into_iter().find(|(key, _)| key == "Action")?;
        self.document["operations"].get(&action).is_some().then_some(action)
    }

    /// What in a request breaks the model.
    pub(crate) fn check_request(&self, form: &[u8]) -> Vec<String> {
        let Some(action) = self.operation(form) else { return vec!["the form asks for no operation".to_owned()] };
        let input = self.document["operations"][&action]["input"]["shape"].as_str().unwrap();
        let mut wrong = Vec::new();
        for (key, value) in pairs(std::str::from_utf8(form).unwrap()) {
            match key.as_str() {
                "Action" => {}
                "Version" if self.document["metadata"]["apiVersion"] == value.as_str() => {}
                "Version" => wrong.push(format!("{value} is no version of it")),
                _ => wrong.extend(self.parameter(input, &mut key.split('.').peekable(), &value).err()),
            }
        }
        wrong.into_iter().map(|what| format!("{action} request: {what}")).collect()
    }

    /// Follows a parameter's name through the shapes to its value.
    fn parameter(&self, shape: &str, name: &mut Peekable<Split<'_, char>>, value: &str) -> Result<(), String> {
        let of = &self.document["shapes"][shape];
        match of["type"].as_str().unwrap() {
            "structure" => {
                let part = name.next().ok_or("a name ends in a structure")?;
                let members = of["members"].as_object().unwrap();
                let fits = |(name, member): &(&String, &Value)| query_name(name, member) == part;
                let (_, member) = members.iter().find(fits).ok_or(format!("{part} is no parameter"))?;
                self.parameter(member["shape"].as_str().unwrap(), name, value)
            }
            "list" => {
                let nth = name.next().and_then(|nth| nth.parse::<u32>().ok()).filter(|nth| *nth > 0);
                nth.ok_or("a list is not counted from 1")?;
                self.parameter(of["member"]["shape"].as_str().unwrap(), name, value)
            }
            kind => match name.next() {
                None => scalar(of, kind, value),
                Some(more) => Err(format!("{more} is within no structure")),
            },
        }
    }

    /// What in a reply breaks the model.
    pub(crate) fn check_reply(&self, action: &str, status: u16, body: &[u8]) -> Vec<String> {
        let text = String::from_utf8_lossy(body);
        let wrong = match (Element::read(&text), status) {
            (None, _) => vec!["the body is no XML".to_owned()],
            (Some(root), 200) => self.success(action, &root),
            (Some(root), 400..) => failure(&root).into_iter().collect(),
            (Some(_), _) => vec![format!("expected the status 200 or an error's, found {status}")],
        };
        wrong.into_iter().map(|what| format!("{action} reply: {what}")).collect()
    }

    fn success(&self, action: &str, root: &Element) -> Vec<String> {
        let mut wrong = Vec::new();
        if root.name != format!("{action}Response") || root.child("requestId").is_none() {
            wrong.push(format!("expected {action}Response with its requestId, found {}", root.name));
        }
        let output = self.document["operations"][action]["output"]["shape"].as_str().unwrap();
        let members = root.children.iter().filter(|child| child.name != "requestId");
        self.structure(output, members, &mut wrong);
        wrong
    }

    fn structure<'a>(&self, shape: &str, found: impl Iterator<Item = &'a Element>, wrong: &mut Vec<String>) {
        let members = self.document["shapes"][shape]["members"].as_object().unwrap();
        for element in found {
            let fits =
                |(name, member): &(&String, &Value)| member["locationName"].as_str().unwrap_or(name) == element.name;
            match members.iter().find(fits) {
                Some((_, member)) => self.value(member["shape"].as_str().unwrap(), element, wrong),
                None => wrong.push(format!("{} is no member of {shape}", element.name)),
            }
        }
    }

    fn value(&self, shape: &str, element: &Element, wrong: &mut Vec<String>) {
        let of = &self.document["shapes"][shape];
        match of["type"].as_str().unwrap() {
            "structure" => self.structure(shape, element.children.iter(), wrong),
            "list" => {
                let (member, name) = (&of["member"], of["member"]["locationName"].as_str().unwrap_or("member"));
                for item in &element.children {
                    match item.name == name {
                        true => self.value(member["shape"].as_str().unwrap(), item, wrong),
                        false => wrong.push(format!("expected {name} in {}, found {}", element.name, item.name)),
                    }
                }
            }
            kind => wrong.extend(scalar(of, kind, &element.text).err().map(|what| format!("{}: {what}", element.name))),
        }
    }
}

/// This protocol capitalises the names of members where they are parameters.
fn query_name(name: &str, member: &Value) -> String {
    let own = member["queryName"].as_str().or(member["locationName"].as_str()).unwrap_or(name);
    own[..1].to_uppercase() + &own[1..]
}

fn scalar(of: &Value, kind: &str, text: &str) -> Result<(), String> {
    let known = |words: &Vec<Value>| words.iter().any(|word| word == text);
    let holds = match kind {
        "string" => of["enum"].as_array().is_none_or(known),
        "integer" | "long" => text.parse::<f64>().is_ok_and(|number| {
            number.fract() == 0.0
                && of["min"].as_f64().is_none_or(|min| number >= min)
                && of["max"].as_f64().is_none_or(|max| number <= max)
        }),
        "boolean" => matches!(text, "true" | "false"),
        "timestamp" | "double" | "float" => !text.is_empty(),
        _ => false,
    };
    if holds { Ok(()) } else { Err(format!("expected {kind}, found {text:?}")) }
}

fn failure(root: &Element) -> Option<String> {
    let error = root.child("Errors").and_then(|errors| errors.child("Error"));
    let said = |name: &str| error.and_then(|error| error.child(name)).is_some_and(|said| !said.text.is_empty());
    let whole = root.name == "Response" && root.child("RequestID").is_some() && said("Code") && said("Message");
    (!whole).then(|| "the error has no code, words or request id".to_owned())
}

impl Element {
    fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Elements and text, which is all that such replies are made of; none for anything else.
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = if text.starts_with("<?") { text.split_once("?>")?.1.trim_start() } else { text };
        let (root, rest) = Self::one(text)?;
        rest.trim().is_empty().then_some(root)
    }

    fn one(text: &str) -> Option<(Self, &str)> {
        let (tag, mut rest) = text.strip_prefix('<')?.split_once('>')?;
        let name = tag.trim_end_matches('/').split_whitespace().next()?.to_owned();
        let mut element = Self { name, ..Self::default() };
        if tag.ends_with('/') {
            return Some((element, rest));
        }
        loop {
            let (between, _) = rest.split_once('<')?;
            element.text.push_str(between.trim());
            rest = &rest[between.len()..];
            if let Some(end) = rest.strip_prefix("</") {
                let (name, rest) = end.split_once('>')?;
                return (name == element.name).then_some((element, rest));
            }
            let (child, after) = Self::one(rest)?;
            element.children.push(child);
            rest = after;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"{"metadata": {"apiVersion": "2016-11-15"},
      "operations": {"Look": {"input": {"shape": "In"}, "output": {"shape": "Out"}}},
      "shapes": {"In": {"type": "structure", "members": {"Filters": {"shape": "Filters", "locationName": "filter"}, "Max": {"shape": "Size"}}},
        "Filters": {"type": "list", "member": {"shape": "Filter"}},
        "Filter": {"type": "structure", "members": {"Name": {"shape": "Text"}, "Values": {"shape": "Texts", "locationName": "Value"}}},
        "Texts": {"type": "list", "member": {"shape": "Text"}}, "Text": {"type": "string"},
        "Size": {"type": "integer", "min": 1, "max": 9}, "Kind": {"type": "string", "enum": ["a", "b"]},
        "Out": {"type": "structure", "members": {"Things": {"shape": "Things", "locationName": "thingSet"}}},
        "Things": {"type": "list", "member": {"shape": "Thing", "locationName": "item"}},
        "Thing": {"type": "structure", "members": {"Free": {"shape": "Size", "locationName": "free"}, "Kind": {"shape": "Kind", "locationName": "kind"}}}}}"#;

    #[test]
    fn what_breaks_a_request_is_seen() {
        let check = |form: &str| Query::read(SMALL).check_request(form.as_bytes());
        assert_eq!(
            check("Action=Look&Version=2016-11-15&Filter.1.Name=a&Filter.1.Value.2=b&Max=3"),
            Vec::<String>::new()
        );
        for (form, wrong) in [
            ("Version=2016-11-15", "no operation"),
            ("Action=Look&Version=1", "no version"),
            ("Action=Look&filter.1.Name=a", "no parameter"),
            ("Action=Look&Filter.0.Name=a", "from 1"),
            ("Action=Look&Filter.1=a", "ends in a structure"),
            ("Action=Look&Filter.1.Name.2=a", "within no structure"),
            ("Action=Look&Max=10", "expected integer"),
        ] {
            let found = check(form);
            assert!(found.iter().any(|found| found.contains(wrong)), "{form}: {found:?}");
        }
    }

    #[test]
    fn what_breaks_a_reply_is_seen() {
        let check = |status, body: &str| Query::read(SMALL).check_reply("Look", status, body.as_bytes());
        let whole = |inner: &str| {
            format!("<?xml version=\"1.0\"?><LookResponse xmlns=\"x\"><requestId>r</requestId>{inner}</LookResponse>")
        };
        let item = |inner: &str| whole(&format!("<thingSet><item>{inner}</item></thingSet>"));
        assert_eq!(check(200, &item("<free>3</free><kind>a</kind>")), Vec::<String>::new());
        assert_eq!(
            check(
                403,
                "<Response><Errors><Error><Code>No</Code><Message>no</Message></Error></Errors><RequestID>r</RequestID></Response>"
            ),
            Vec::<String>::new()
        );
        for (status, body, wrong) in [
            (200, "{}".to_owned(), "no XML"),
            (200, whole("<thingSet>"), "no XML"),
            (200, "<OtherResponse><requestId>r</requestId></OtherResponse>".to_owned(), "expected LookResponse"),
            (200, whole("<other/>"), "no member"),
            (200, whole("<thingSet><thing/></thingSet>"), "expected item"),
            (200, item("<free>10</free>"), "expected integer"),
            (200, item("<kind>c</kind>"), "expected string"),
            (200, item("<more/>"), "no member"),
            (302, whole(""), "the status 200"),
            (403, "<Response><RequestID>r</RequestID></Response>".to_owned(), "no code"),
        ] {
            let found = check(status, &body);
            assert!(found.iter().any(|found| found.contains(wrong)), "{status} {body}: {found:?}");
        }
    }
}
