//! Reads the published models, which are Python sources: classes with their fields, enumerations, and operations with
//! their paths, parameters, statuses and types. Only the forms in which they are generated are understood.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Moment,
    Date,
    Integer,
    Number,
    Truth,
    Any,
    List(Box<Type>),
    Map(Box<Type>),
    /// An enumeration, by its name.
    Word(String),
    /// A class, by its name.
    Object(String),
}

/// A field of a class.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) of: Type,
    pub(crate) required: bool,
    /// Only Azure sets it.
    pub(crate) read_only: bool,
}

/// One operation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) method: String,
    /// With `{…}` for parameters.
    pub(crate) path: String,
    pub(crate) parameters: BTreeSet<String>,
    pub(crate) statuses: BTreeSet<u16>,
    pub(crate) asks: Option<String>,
    pub(crate) answers: Option<Answers>,
}

/// What a reply holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answers {
    One(String),
    /// Under `value`, with a `nextLink`.
    Many(String),
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap()
}

/// The fields of every class under their names on the wire, those of its bases among them.
pub(crate) fn classes(source: &str) -> BTreeMap<String, BTreeMap<String, Field>> {
    let head = regex(r"(?m)^class (\w+)\(([^)]*)\):");
    let field = regex(r"(?m)^    (\w+): ([^\n=]+?) = \(?\s*rest_(?:field|discriminator)\(([^)]*)\)");
    let wire = regex(r#"\bname="([^"]+)""#);
    let heads: Vec<_> = head.captures_iter(source).collect();
    let mut own = BTreeMap::new();
    for (index, found) in heads.iter().enumerate() {
        let end = heads.get(index + 1).map_or(source.len(), |next| next.get(0).unwrap().start());
        let body = &source[found.get(0).unwrap().end()..end];
        let mut fields = BTreeMap::new();
        for one in field.captures_iter(body) {
            let arguments = &one[3];
            let name = wire.captures(arguments).map_or_else(|| one[1].to_owned(), |name| name[1].to_owned());
            let required = !one[2].starts_with("Optional[");
            let read_only = arguments.contains(r#"visibility=["read"]"#);
            fields.insert(name, Field { of: kind(&one[2]), required, read_only });
        }
        let bases: Vec<String> = found[2].split(',').map(|base| base.trim().to_owned()).collect();
        own.insert(found[1].to_owned(), (bases, fields));
    }
    let all = own.keys().map(|name| (name.clone(), inherited(&own, name)));
    all.collect()
}

type Own = BTreeMap<String, (Vec<String>, BTreeMap<String, Field>)>;

fn inherited(own: &Own, name: &str) -> BTreeMap<String, Field> {
    let Some((bases, fields)) = own.get(name) else { return BTreeMap::new() };
    let mut all: BTreeMap<String, Field> = bases.iter().flat_map(|base| inherited(own, base)).collect();
    all.extend(fields.clone());
    all
}

/// `Optional[list["_models.X"]]` and the like.
fn kind(annotation: &str) -> Type {
    let text = annotation.trim().trim_matches('"');
    let inside = |start: &str| text.strip_prefix(start).and_then(|rest| rest.strip_suffix(']'));
    if let Some(inner) = inside("Optional[") {
        return kind(inner);
    }
    if let Some(inner) = inside("list[").or_else(|| inside("List[")) {
        return Type::List(Box::new(kind(inner)));
    }
    if let Some(inner) = inside("dict[str, ") {
        return Type::Map(Box::new(kind(inner)));
    }
    if let Some(inner) = inside("Union[str, ") {
        return Type::Word(inner.trim_matches('"').trim_start_matches("_models.").to_owned());
    }
    match text {
        "str" => Type::Text,
        "int" => Type::Integer,
        "float" => Type::Number,
        "bool" => Type::Truth,
        "datetime.datetime" => Type::Moment,
        "datetime.date" => Type::Date,
        "Any" | "bytes" => Type::Any,
        other => match other.strip_prefix("_models.") {
            Some(name) => Type::Object(name.to_owned()),
            None => panic!("{other} is a type that nobody here knows"),
        },
    }
}

/// The words of every enumeration.
pub(crate) fn enumerations(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let head = regex(r"(?m)^class (\w+)\(str, Enum");
    let word = regex(r#"(?m)^    [A-Z0-9_]+ = "([^"]*)""#);
    let heads: Vec<_> = head.captures_iter(source).collect();
    let mut all = BTreeMap::new();
    for (index, found) in heads.iter().enumerate() {
        let end = heads.get(index + 1).map_or(source.len(), |next| next.get(0).unwrap().start());
        let body = &source[found.get(0).unwrap().end()..end];
        all.insert(found[1].to_owned(), word.captures_iter(body).map(|word| word[1].to_owned()).collect());
    }
    all
}

/// All operations.
pub(crate) fn operations(source: &str) -> Vec<Operation> {
    let builder = regex(r"(?m)^def build_(\w+)_request\(");
    let class = regex(r"(?m)^class \w+Operations");
    let end = class.find(source).map_or(source.len(), |found| found.start());
    let mut all = BTreeMap::new();
    let builders: Vec<_> = builder.captures_iter(&source[..end]).collect();
    for (index, found) in builders.iter().enumerate() {
        let to = builders.get(index + 1).map_or(end, |next| next.get(0).unwrap().start());
        all.insert(found[1].to_owned(), built(&found[1], &source[found.get(0).unwrap().start()..to]));
    }
    let method = regex(r"(?m)^    def (\w+)\(");
    let methods: Vec<_> = method.captures_iter(&source[end..]).collect();
    let class_at = |at: usize| source[..end + at].rfind("\nclass ").unwrap_or_default();
    let mut initial: Option<(usize, String)> = None;
    for (index, found) in methods.iter().enumerate() {
        let from = found.get(0).unwrap().start();
        let to = methods.get(index + 1).map_or(source.len() - end, |next| next.get(0).unwrap().start());
        let body = &source[end + from..end + to];
        // The second half of a long operation follows the first in the same class.
        let of = match regex(r"_request = build_(\w+)_request\(").captures(body) {
            Some(of) => of[1].to_owned(),
            None => match &initial {
                Some((class, name)) if *class == class_at(from) && found[1].starts_with("begin_") => name.clone(),
                _ => continue,
            },
        };
        initial = Some((class_at(from), of.clone()));
        if let Some(operation) = all.get_mut(&of) {
            describe(operation, body);
        }
    }
    all.into_values().collect()
}

fn built(name: &str, body: &str) -> Operation {
    let path = regex(r#"_url = \(?\s*"([^"]+)""#).captures(body).map(|path| path[1].to_owned()).unwrap();
    let method = regex(r#"HttpRequest\(method="(\w+)""#).captures(body).map(|method| method[1].to_owned()).unwrap();
    let set = |pattern: &str| regex(pattern).captures_iter(body).map(|one| one[1].to_ascii_lowercase()).collect();
    Operation {
        name: name.to_owned(),
        method,
        path,
        parameters: set(r#"_params\["([^"]+)"\] ="#),
        ..Operation::default()
    }
}

fn describe(operation: &mut Operation, body: &str) {
    if let Some(statuses) = regex(r"response\.status_code not in \[([\d, ]+)\]").captures(body) {
        operation.statuses.extend(statuses[1].split(',').map(|status| status.trim().parse::<u16>().unwrap()));
    }
    if let Some(asks) = regex(r"\w+: Union\[\s*_models\.(\w+), _types\.\w+, IO\[bytes\]").captures(body) {
        operation.asks = Some(asks[1].to_owned());
    }
    if let Some(many) = regex(r"(?s)list_of_elem = _deserialize\(\s*[Ll]ist\[_models\.(\w+)\]").captures(body) {
        operation.answers = Some(Answers::Many(many[1].to_owned()));
    } else if let Some(one) = regex(r"deserialized = _deserialize\(_models\.(\w+), ").captures(body) {
        operation.answers = Some(Answers::One(one[1].to_owned()));
    }
}
