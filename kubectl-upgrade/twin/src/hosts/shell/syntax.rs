//! What a script is made of, once read.

use std::sync::{Arc, OnceLock};

/// Commands one after another.
#[derive(Debug, Default)]
pub(crate) struct List(pub(crate) Vec<AndOr>);

/// Pipelines joined by `&&` and `||`.
#[derive(Debug)]
pub(crate) struct AndOr {
    pub(crate) first: Pipeline,
    pub(crate) rest: Vec<(Join, Pipeline)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Join {
    And,
    Or,
}

#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) negated: bool,
    pub(crate) commands: Vec<Command>,
}

#[derive(Debug)]
pub(crate) enum Command {
    Simple(Simple),
    Compound(Compound, Vec<Redirect>),
    Function(String, Arc<Command>),
}

#[derive(Debug, Default)]
pub(crate) struct Simple {
    pub(crate) assignments: Vec<(String, Word)>,
    pub(crate) words: Vec<Word>,
    pub(crate) redirects: Vec<Redirect>,
}

#[derive(Debug)]
pub(crate) enum Compound {
    Braces(List),
    Subshell(List),
    If {
        arms: Vec<(List, List)>,
        otherwise: Option<List>,
    },
    Loop {
        until: bool,
        test: List,
        body: List,
    },
    /// `for NAME` without `in` goes through the positional parameters.
    For {
        name: String,
        words: Option<Vec<Word>>,
        body: List,
    },
    Case {
        word: Word,
        arms: Vec<(Vec<Word>, List)>,
    },
}

#[derive(Debug)]
pub(crate) struct Redirect {
    pub(crate) fd: u32,
    pub(crate) to: Target,
}

#[derive(Debug)]
pub(crate) enum Target {
    Read(Word),
    Write(Word),
    Append(Word),
    /// The text is read when the line of its operator ends.
    Here(Arc<OnceLock<Word>>),
    Copy(Word),
}

/// Parts that stand side by side.
#[derive(Debug, Default, Clone)]
pub(crate) struct Word(pub(crate) Vec<Part>);

#[derive(Debug, Clone)]
pub(crate) enum Part {
    /// As it is; special characters in it mean something to pathname expansion and patterns.
    Plain(String),
    /// In single quotes or after a backslash.
    Quoted(String),
    Double(Vec<Part>),
    Parameter(Parameter),
    Command(Arc<List>),
    Arithmetic(Vec<Part>),
}

#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) form: Form,
}

#[derive(Debug, Clone)]
pub(crate) enum Form {
    Plain,
    Length,
    /// `-`, `=`, `?` and `+`, where `colon` says that an empty value counts as none.
    Instead {
        colon: bool,
        how: Instead,
        word: Word,
    },
    Strip {
        end: bool,
        longest: bool,
        pattern: Word,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instead {
    Default,
    Assign,
    Fail,
    Other,
}
