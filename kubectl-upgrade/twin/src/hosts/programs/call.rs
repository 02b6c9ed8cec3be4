//! One call of a program: what it is given and where it writes to.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::hosts::files::{Errno, join};
use crate::hosts::place::Place;
use crate::hosts::shell::io::Io;
use crate::hosts::shell::{Flow, Ran};

/// A program's call.
pub(crate) struct Call {
    pub(crate) place: Place,
    pub(crate) io: Io,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) directory: String,
    pub(crate) umask: u32,
    pub(crate) argv: Vec<String>,
}

/// Texts by the names of their files, and whether all could be read.
pub(crate) type Inputs = (Vec<(String, Arc<String>)>, bool);

/// Options and what is left.
#[derive(Debug, Default)]
pub(crate) struct Options {
    found: Vec<(String, String)>,
    pub(crate) operands: Vec<String>,
}

impl Options {
    pub(crate) fn has(&self, name: &str) -> bool {
        self.found.iter().any(|(found, _)| found == name)
    }

    /// The last value given for the option.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.found.iter().rfind(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// All values given for the option.
    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.found.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

impl Call {
    pub(crate) fn name(&self) -> &str {
        let path = self.argv.first().map(String::as_str).unwrap_or_default();
        path.rsplit('/').next().unwrap_or_default()
    }

    pub(crate) fn arguments(&self) -> &[String] {
        self.argv.get(1..).unwrap_or_default()
    }

    /// It as one line.
    pub(crate) fn line(&self) -> String {
        self.argv.join(" ")
    }

    /// The same call of another program.
    pub(crate) fn of(&self, argv: Vec<String>) -> Self {
        Self {
            place: self.place.clone(),
            io: self.io.clone(),
            environment: self.environment.clone(),
            directory: self.directory.clone(),
            umask: self.umask,
            argv,
        }
    }

    pub(crate) fn unsupported<T>(&self, what: &str) -> Ran<T> {
        Err(Flow::Unsupported(format!("{what} in: {}", self.line())))
    }

    /// Reads options. `known` names them, one letter or a long name, with a `:` after those that take a value.
    pub(crate) fn options(&self, known: &[&str]) -> Ran<Options> {
        self.read_options(known, true)
    }

    /// Reads options up to the first word that is none.
    pub(crate) fn leading_options(&self, known: &[&str]) -> Ran<Options> {
        self.read_options(known, false)
    }

    fn read_options(&self, known: &[&str], anywhere: bool) -> Ran<Options> {
        let mut options = Options::default();
        let mut words = self.arguments().iter();
        while let Some(word) = words.next() {
            if word == "--" || !word.starts_with('-') || word == "-" {
                if word == "--" {
                    options.operands.extend(words.cloned());
                    break;
                }
                options.operands.push(word.clone());
                if !anywhere {
                    options.operands.extend(words.cloned());
                    break;
                }
            } else if let Some(long) = word.strip_prefix("--") {
                let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
                match takes(known, name) {
                    Some(false) if value.is_none() => options.found.push((name.to_owned(), String::new())),
                    Some(true) => {
                        let value = value.map(str::to_owned).or_else(|| words.next().cloned());
                        let Some(value) = value else { return self.unsupported("an option without its value") };
                        options.found.push((name.to_owned(), value));
                    }
                    Some(false) | None => return self.unsupported(&format!("the option {word}")),
                }
            } else {
                self.letters(word, known, &mut words, &mut options)?;
            }
        }
        Ok(options)
    }

    fn letters(
        &self,
        word: &str,
        known: &[&str],
        words: &mut std::slice::Iter<'_, String>,
        options: &mut Options,
    ) -> Ran<()> {
        let mut letters = word.chars().skip(1);
        while let Some(letter) = letters.next() {
            match takes(known, letter.encode_utf8(&mut [0; 4])) {
                Some(false) => options.found.push((letter.to_string(), String::new())),
                Some(true) => {
                    let rest: String = letters.collect();
                    let value = if rest.is_empty() { words.next().cloned() } else { Some(rest) };
                    let Some(value) = value else { return self.unsupported("an option without its value") };
                    options.found.push((letter.to_string(), value));
                    break;
                }
                None => return self.unsupported(&format!("the option {word}")),
            }
        }
        Ok(())
    }

    pub(crate) fn out(&self, text: &str) -> Ran<()> {
        self.io.stdout.write(&self.place, text)
    }

    /// Writes and gives the status: 1 when there was no room.
    pub(crate) fn print(&self, text: &str) -> Ran {
        if self.io.stdout.try_write(&self.place, text)? {
            return Ok(0);
        }
        self.complain("write error: No space left on device")?;
        Ok(1)
    }

    pub(crate) fn err(&self, text: &str) -> Ran<()> {
        self.io.stderr.write(&self.place, text)
    }

    /// Says what is wrong after the program's name.
    pub(crate) fn complain(&self, message: &str) -> Ran<()> {
        self.err(&format!("{}: {message}\n", self.name()))
    }

    /// The path as seen from here.
    pub(crate) fn path(&self, path: &str) -> String {
        join(&self.directory, path)
    }

    pub(crate) fn read(&self, path: &str) -> Ran<Result<Arc<String>, Errno>> {
        if path == "-" {
            return Ok(Ok(Arc::new(self.io.stdin.rest())));
        }
        if path == "/dev/null" {
            return Ok(Ok(Arc::default()));
        }
        let whole = self.path(path);
        self.place.files(|files| files.read(&whole))
    }

    /// The texts of the files, or of standard input where none is named. What cannot be read is said, with the status.
    pub(crate) fn inputs(&self, names: &[String]) -> Ran<Inputs> {
        if names.is_empty() {
            return Ok((vec![("-".to_owned(), Arc::new(self.io.stdin.rest()))], true));
        }
        let mut texts = Vec::new();
        let mut all = true;
        for name in names {
            match self.read(name)? {
                Ok(text) => texts.push((name.clone(), text)),
                Err(error) => {
                    all = false;
                    self.complain(&format!("{name}: {error}"))?;
                }
            }
        }
        Ok((texts, all))
    }
}

fn takes(known: &[&str], name: &str) -> Option<bool> {
    known.iter().find_map(|known| match known.strip_suffix(':') {
        Some(known) if known == name => Some(true),
        Some(_) | None => (*known == name).then_some(false),
    })
}
