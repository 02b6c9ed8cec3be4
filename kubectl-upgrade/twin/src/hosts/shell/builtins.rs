//! What the shell does itself.

use super::io::Source;
use super::parse::parse;
use super::{Flow, Ran, Shell, test};
use crate::hosts::files::{Kind, join};
use crate::hosts::programs;
use crate::hosts::programs::print;

/// The builtins' names, for `command -v`.
const NAMES: [&str; 25] = [
    ":", ".", "[", "break", "cd", "command", "continue", "echo", "eval", "exec", "exit", "export", "false", "local",
    "printf", "pwd", "read", "readonly", "return", "set", "shift", "test", "trap", "true", "umask",
];

impl Shell {
    /// Runs a builtin; none when there is none of that name.
    pub(super) async fn builtin(&mut self, name: &str, arguments: &[String]) -> Ran<Option<i32>> {
        let first = arguments.first().map(String::as_str);
        let status = match name {
            ":" | "true" => 0,
            "false" => 1,
            "echo" => self.say(&print::echo(arguments))?,
            "printf" => self.printf(arguments)?,
            "test" => self.test(arguments)?,
            "[" => match arguments.split_last() {
                Some((last, words)) if last == "]" => self.test(words)?,
                Some(_) | None => {
                    self.complain("[: missing ]")?;
                    2
                }
            },
            "cd" => self.change_directory(first)?,
            "pwd" => self.say(&format!("{}\n", self.directory))?,
            "exit" => return Err(Flow::Exit(number(first, self.status)?)),
            "return" => return Err(Flow::Return(number(first, self.status)?)),
            "break" => return Err(Flow::Break(count(first)?)),
            "continue" => return Err(Flow::Continue(count(first)?)),
            "shift" => self.shift(first)?,
            "set" => self.set_builtin(arguments)?,
            "export" | "readonly" | "local" => self.declare(name, arguments)?,
            "unset" => {
                for name in arguments.iter().filter(|name| !name.starts_with('-')) {
                    self.unset(name);
                }
                0
            }
            "umask" => self.umask(first)?,
            "read" => self.read(arguments)?,
            "trap" => self.trap(arguments)?,
            "eval" => self.eval(&arguments.join(" ")).await?,
            "." => self.source(first).await?,
            "command" => self.command_builtin(arguments).await?,
            "exec" if arguments.is_empty() => 0,
            "exec" | "wait" | "getopts" | "ulimit" | "times" | "hash" | "type" | "alias" | "jobs" | "kill" => {
                return Err(Flow::Unsupported(format!("the builtin {name}")));
            }
            _ => return Ok(None),
        };
        Ok(Some(status))
    }

    fn say(&self, text: &str) -> Ran {
        Ok(i32::from(!self.io.stdout.try_write(&self.place, text)?))
    }

    fn printf(&self, arguments: &[String]) -> Ran {
        let arguments = if arguments.first().is_some_and(|first| first == "--") {
            arguments.get(1..).unwrap_or_default()
        } else {
            arguments
        };
        let (text, wrong) = print::printf(arguments).map_err(Flow::Unsupported)?;
        let status = self.say(&text)?;
        if let Some(wrong) = &wrong {
            self.complain(&format!("printf: {wrong}"))?;
        }
        Ok(status.max(i32::from(wrong.is_some())))
    }

    fn test(&self, words: &[String]) -> Ran {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match test::judge(&words, &|path| self.entry(path))? {
            Ok(holds) => Ok(i32::from(!holds)),
            Err(wrong) => {
                self.complain(&wrong)?;
                Ok(2)
            }
        }
    }

    fn entry(&self, path: &str) -> Ran<test::Seen> {
        let whole = join(&self.directory, path);
        self.place.files(|files| {
            let link = files.resolve(&whole, false).ok().and_then(|place| files.entry(&place).cloned());
            test::Seen {
                link: link.is_some_and(|entry| matches!(entry.kind, Kind::Link(_))),
                entry: if path.is_empty() { None } else { files.look(&whole).ok().cloned() },
                root: whole.trim_end_matches(['/', '.']).is_empty() && !path.is_empty(),
            }
        })
    }

    fn change_directory(&mut self, to: Option<&str>) -> Ran {
        let to = to.map(str::to_owned).or_else(|| self.variable("HOME").map(str::to_owned)).unwrap_or_default();
        let whole = join(&self.directory, &to);
        let found = self.place.files(|files| {
            let place = files.resolve(&whole, true).ok()?;
            (place == "/" || files.entry(&place)?.is_directory()).then_some(place)
        })?;
        match found {
            Some(place) => {
                self.directory = place;
                Ok(0)
            }
            None => {
                self.complain(&format!("cd: can't cd to {to}"))?;
                Ok(2)
            }
        }
    }

    fn shift(&mut self, by: Option<&str>) -> Ran {
        let by = usize::try_from(number(by, 1)?).unwrap_or_default();
        if by > self.positional.len() {
            self.complain("shift: can't shift that many")?;
            return Err(Flow::Exit(2));
        }
        self.positional.drain(..by);
        Ok(0)
    }

    fn set_builtin(&mut self, arguments: &[String]) -> Ran {
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let (sign, letters) = match word.strip_prefix('-') {
                Some("-") => {
                    self.positional = words.cloned().collect();
                    return Ok(0);
                }
                Some(letters) if !letters.is_empty() => (true, letters),
                Some(_) | None => match word.strip_prefix('+') {
                    Some(letters) => (false, letters),
                    None => {
                        self.positional = std::iter::once(word).chain(words).cloned().collect();
                        return Ok(0);
                    }
                },
            };
            for letter in letters.chars() {
                self.option(letter, sign)?;
            }
        }
        if arguments.is_empty() { Err(Flow::Unsupported("set without words".to_owned())) } else { Ok(0) }
    }

    fn declare(&mut self, builtin: &str, arguments: &[String]) -> Ran {
        if builtin == "local" {
            return Err(Flow::Unsupported("local variables".to_owned()));
        }
        for word in arguments {
            if word.starts_with('-') {
                return Err(Flow::Unsupported(format!("{builtin} {word}")));
            }
            let (name, value) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
            if !super::parse::is_variable(name) {
                self.complain(&format!("{builtin}: {name}: bad variable name"))?;
                return Err(Flow::Exit(2));
            }
            match (builtin, value) {
                ("export", value) => self.export(name, value.map(str::to_owned)),
                (_, Some(value)) => self.set(name, value.to_owned()),
                (_, None) => {}
            }
        }
        Ok(0)
    }

    fn umask(&mut self, mask: Option<&str>) -> Ran {
        match mask {
            None => self.say(&format!("{:04o}\n", self.umask)),
            Some(mask) => match u32::from_str_radix(mask, 8) {
                Ok(mask) => {
                    self.umask = mask & 0o777;
                    Ok(0)
                }
                Err(_) => Err(Flow::Unsupported(format!("umask {mask}"))),
            },
        }
    }

    fn read(&mut self, arguments: &[String]) -> Ran {
        let raw = arguments.first().is_some_and(|first| first == "-r");
        let names = if raw { arguments.get(1..).unwrap_or_default() } else { arguments };
        if names.is_empty() || names.iter().any(|name| name.starts_with('-')) {
            return Err(Flow::Unsupported(format!("read {}", arguments.join(" "))));
        }
        let line = self.io.stdin.line();
        let ended = line.as_ref().is_some_and(|line| line.ends_with('\n'));
        let line = line.unwrap_or_default();
        let line = line.trim_end_matches('\n');
        if !raw && line.contains('\\') {
            return Err(Flow::Unsupported("read without -r of a backslash".to_owned()));
        }
        let ifs = self.variable("IFS").unwrap_or(" \t\n").to_owned();
        for (name, value) in shared(line, names, &ifs) {
            self.set(&name, value);
        }
        Ok(i32::from(!ended))
    }

    fn trap(&mut self, arguments: &[String]) -> Ran {
        match arguments {
            [action, signal] if signal == "EXIT" || signal == "0" => {
                self.at_exit = (action != "-").then(|| action.clone());
                Ok(0)
            }
            other => Err(Flow::Unsupported(format!("trap {}", other.join(" ")))),
        }
    }

    async fn eval(&mut self, text: &str) -> Ran {
        let list = parse(text).map_err(|unreadable| Flow::Unsupported(unreadable.to_string()))?;
        self.deep_enough()?;
        self.depth += 1;
        let ended = self.list(&list).await;
        self.depth -= 1;
        ended
    }

    async fn source(&mut self, path: Option<&str>) -> Ran {
        let path = path.unwrap_or_default();
        let whole = join(&self.directory, path);
        match self.place.files(|files| files.read(&whole))? {
            Ok(text) => match self.eval(&text).await {
                Err(Flow::Return(status)) => Ok(status),
                other => other,
            },
            Err(_) => {
                self.complain(&format!(".: cannot open {path}: No such file"))?;
                Err(Flow::Exit(2))
            }
        }
    }

    async fn command_builtin(&mut self, arguments: &[String]) -> Ran {
        match arguments {
            [option, names @ ..] if option == "-v" => {
                let mut status = 0;
                for name in names {
                    match self.found(name)? {
                        Some(shown) => {
                            self.say(&format!("{shown}\n"))?;
                        }
                        None => status = 127,
                    }
                }
                Ok(status)
            }
            [name, rest @ ..] if !name.starts_with('-') => match Box::pin(self.builtin(name, rest)).await? {
                Some(status) => Ok(status),
                None => self.program(arguments.to_vec()).await,
            },
            other => Err(Flow::Unsupported(format!("command {}", other.join(" ")))),
        }
    }

    fn found(&self, name: &str) -> Ran<Option<String>> {
        if self.functions.contains_key(name) || NAMES.contains(&name) {
            return Ok(Some(name.to_owned()));
        }
        programs::path(&self.place, name)
    }

    /// Without anything to read.
    pub(crate) fn without_input(mut self) -> Self {
        self.io.stdin = Source::default();
        self
    }
}

/// The line's words for the names; the last takes the rest.
fn shared(line: &str, names: &[String], ifs: &str) -> Vec<(String, String)> {
    let blank = |char: char| ifs.contains(char) && " \t\n".contains(char);
    let mut rest = line.trim_start_matches(blank);
    let mut values = Vec::new();
    for (at, name) in names.iter().enumerate() {
        if at + 1 == names.len() {
            values.push((name.clone(), rest.trim_end_matches(blank).to_owned()));
            break;
        }
        let end = rest.find(|char| ifs.contains(char)).unwrap_or(rest.len());
        let (value, after) = rest.split_at(end);
        values.push((name.clone(), value.to_owned()));
        let after = after.trim_start_matches(blank);
        let after = after.strip_prefix(|char| ifs.contains(char) && !blank(char)).unwrap_or(after);
        rest = after.trim_start_matches(blank);
    }
    values
}

fn number(text: Option<&str>, default: i32) -> Ran {
    match text {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| Flow::Exit(2)),
    }
}

fn count(text: Option<&str>) -> Ran<u32> {
    let count = number(text, 1)?;
    u32::try_from(count).ok().filter(|count| *count > 0).ok_or(Flow::Exit(2))
}
