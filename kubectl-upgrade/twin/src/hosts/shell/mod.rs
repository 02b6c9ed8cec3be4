//! A small POSIX shell, as dash behaves: it runs the scripts that production code sends, on a simulated host.
//!
//! What it cannot do it says loudly ([`Flow::Unsupported`] ends the whole script); it never does something else instead.
//! The commands of a pipeline run one after another, each in a shell of its own.

mod arithmetic;
mod assign;
mod builtins;
mod compound;
mod expand;
mod fields;
pub(crate) mod io;
mod parse;
pub(crate) mod pattern;
mod run;
mod simple;
mod syntax;
mod test;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use parse::Unreadable;

use super::place::Place;
use io::Io;
use syntax::{Command, List};

/// How many different scripts are kept as read.
const KEPT: usize = 512;

thread_local! {
    static SCRIPTS: RefCell<BTreeMap<String, Arc<List>>> = const { RefCell::new(BTreeMap::new()) };
}

/// Why commands do not simply go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// The shell ends.
    Exit(i32),
    /// The function or the sourced file ends.
    Return(i32),
    /// So many loops end.
    Break(u32),
    /// So many loops end but the last, which goes on with its next turn.
    Continue(u32),
    /// The connection or the host is gone.
    Cut,
    /// Something that is not simulated.
    Unsupported(String),
}

/// What a command comes to.
pub(crate) type Ran<T = i32> = Result<T, Flow>;

/// A variable.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    value: String,
    exported: bool,
}

/// A shell's state. A copy is a subshell.
#[derive(Clone)]
pub(crate) struct Shell {
    pub(crate) place: Place,
    pub(crate) io: Io,
    pub(crate) directory: String,
    pub(crate) umask: u32,
    variables: BTreeMap<String, Variable>,
    positional: Vec<String>,
    name: String,
    functions: BTreeMap<String, Arc<Command>>,
    errexit: bool,
    nounset: bool,
    /// How many commands around this one ask for its status themselves, so that `set -e` does not look at it.
    tested: u32,
    status: i32,
    /// The status of the last substitution in the words of a command.
    substituted: i32,
    at_exit: Option<String>,
    depth: u32,
}

/// How deep functions, files and substitutions may be nested.
const DEEPEST: u32 = 64;

impl Shell {
    pub(crate) fn new(place: Place, io: Io, environment: BTreeMap<String, String>, directory: &str) -> Self {
        let exported = |(name, value): (String, String)| (name, Variable { value, exported: true });
        Self {
            place,
            io,
            directory: directory.to_owned(),
            umask: 0o022,
            variables: environment.into_iter().map(exported).collect(),
            positional: Vec::new(),
            name: "sh".to_owned(),
            functions: BTreeMap::new(),
            errexit: false,
            nounset: false,
            tested: 0,
            status: 0,
            substituted: 0,
            at_exit: None,
            depth: 0,
        }
    }

    /// With `$0` and the positional parameters.
    pub(crate) fn called(mut self, name: &str, arguments: &[String]) -> Self {
        name.clone_into(&mut self.name);
        self.positional = arguments.to_vec();
        self
    }

    /// With the options that the letters name.
    pub(crate) fn options(mut self, letters: &str) -> Ran<Self> {
        for letter in letters.chars() {
            self.option(letter, true)?;
        }
        Ok(self)
    }

    fn option(&mut self, letter: char, on: bool) -> Ran<()> {
        match letter {
            'e' => self.errexit = on,
            'u' => self.nounset = on,
            letter => return Err(Flow::Unsupported(format!("the shell option {letter}"))),
        }
        Ok(())
    }

    /// Runs a script to its end and says its exit status.
    pub(crate) async fn script(&mut self, text: &str) -> Ran {
        let status = match read(text) {
            Ok(list) => self.run_out(&list).await?,
            Err(unreadable) => return Err(Flow::Unsupported(unreadable.to_string())),
        };
        match self.at_exit.take() {
            None => Ok(status),
            Some(text) => {
                self.status = status;
                let list = read(&text).map_err(|unreadable| Flow::Unsupported(unreadable.to_string()))?;
                match self.list(&list).await {
                    Ok(_) => Ok(status),
                    Err(Flow::Exit(status)) => Ok(status),
                    Err(other) => Err(other),
                }
            }
        }
    }

    async fn run_out(&mut self, list: &List) -> Ran {
        match self.list(list).await {
            Ok(status) | Err(Flow::Exit(status) | Flow::Return(status)) => Ok(status),
            Err(Flow::Break(_) | Flow::Continue(_)) => Ok(self.status),
            Err(flow @ (Flow::Cut | Flow::Unsupported(_))) => Err(flow),
        }
    }

    /// What programs see of the variables.
    pub(crate) fn environment(&self) -> BTreeMap<String, String> {
        let exported = self.variables.iter().filter(|(_, variable)| variable.exported);
        exported.map(|(name, variable)| (name.clone(), variable.value.clone())).collect()
    }

    fn complain(&self, message: &str) -> Ran<()> {
        self.io.stderr.write(&self.place, &format!("{}: 1: {message}\n", self.name))
    }
}

/// A script as read; the same text is read once.
fn read(text: &str) -> Result<Arc<List>, Unreadable> {
    let known = SCRIPTS.with_borrow(|scripts| scripts.get(text).cloned());
    if let Some(list) = known {
        return Ok(list);
    }
    let list = Arc::new(parse::parse(text)?);
    SCRIPTS.with_borrow_mut(|scripts| {
        if scripts.len() >= KEPT {
            scripts.clear();
        }
        scripts.insert(text.to_owned(), Arc::clone(&list));
    });
    Ok(list)
}
