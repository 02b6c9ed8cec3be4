//! Compound commands and redirections.

use super::io::{Io, Sink, Source};
use super::syntax::{Compound, List, Redirect, Target, Word};
use super::{Flow, Ran, Shell, pattern};
use crate::hosts::files::join;

impl Shell {
    pub(super) async fn redirected(&mut self, compound: &Compound, redirects: &[Redirect]) -> Ran {
        if redirects.is_empty() {
            return self.compound(compound).await;
        }
        let Some(io) = self.redirect(redirects).await? else { return self.judged(2) };
        let before = std::mem::replace(&mut self.io, io);
        let ended = self.compound(compound).await;
        self.io = before;
        ended
    }

    async fn compound(&mut self, compound: &Compound) -> Ran {
        match compound {
            Compound::Braces(list) => self.list(list).await,
            Compound::Subshell(list) => {
                let status = self.subshell().apart(list).await?;
                self.judged(status)
            }
            Compound::If { arms, otherwise } => {
                for (test, body) in arms {
                    if self.test_list(test).await? == 0 {
                        return self.list(body).await;
                    }
                }
                match otherwise {
                    Some(body) => self.list(body).await,
                    None => Ok(0),
                }
            }
            Compound::Loop { until, test, body } => self.loops(*until, test, body).await,
            Compound::For { name, words, body } => self.each(name, words.as_deref(), body).await,
            Compound::Case { word, arms } => self.case(word, arms).await,
        }
    }

    async fn loops(&mut self, until: bool, test: &List, body: &List) -> Ran {
        let mut status = 0;
        loop {
            let tested = match self.test_list(test).await {
                Err(Flow::Break(1)) => return Ok(0),
                Err(Flow::Break(more)) => return Err(Flow::Break(more - 1)),
                other => other?,
            };
            if (tested == 0) == until {
                return Ok(status);
            }
            match self.turn(body).await? {
                Some(ended) => status = ended,
                None => return Ok(0),
            }
        }
    }

    async fn each(&mut self, name: &str, words: Option<&[Word]>, body: &List) -> Ran {
        let values = match words {
            Some(words) => self.words(words).await?,
            None => self.positional.clone(),
        };
        let mut status = 0;
        for value in values {
            self.set(name, value);
            match self.turn(body).await? {
                Some(ended) => status = ended,
                None => return Ok(0),
            }
        }
        Ok(status)
    }

    /// One turn of a loop; none when it was the last.
    async fn turn(&mut self, body: &List) -> Ran<Option<i32>> {
        // Time must be able to pass for others in a loop that never waits.
        self.place.breathe()?;
        match self.list(body).await {
            Ok(status) => Ok(Some(status)),
            Err(Flow::Continue(1)) => Ok(Some(0)),
            Err(Flow::Continue(more)) => Err(Flow::Continue(more - 1)),
            Err(Flow::Break(1)) => Ok(None),
            Err(Flow::Break(more)) => Err(Flow::Break(more - 1)),
            Err(other) => Err(other),
        }
    }

    async fn case(&mut self, word: &Word, arms: &[(Vec<Word>, List)]) -> Ran {
        let text = self.text(word).await?;
        for (patterns, body) in arms {
            for word in patterns {
                let fits = self.pattern(word).await?;
                if pattern::matches(&fits, &text) {
                    return self.list(body).await;
                }
            }
        }
        Ok(0)
    }

    /// The streams after redirections; none when one failed, which was said.
    pub(super) async fn redirect(&mut self, redirects: &[Redirect]) -> Ran<Option<Io>> {
        let mut io = self.io.clone();
        for redirect in redirects {
            let sink = match &redirect.to {
                Target::Read(word) => {
                    let path = self.text(word).await?;
                    match self.open(&path)? {
                        Some(source) if redirect.fd == 0 => io.stdin = source,
                        Some(_) => return Err(Flow::Unsupported(format!("reading from descriptor {}", redirect.fd))),
                        None => return Ok(None),
                    }
                    continue;
                }
                Target::Here(text) => {
                    let word = text.get().cloned().unwrap_or_default();
                    io.stdin = Source::of(self.text(&word).await?);
                    continue;
                }
                Target::Write(word) => {
                    let path = self.text(word).await?;
                    self.create(&path, true)?
                }
                Target::Append(word) => {
                    let path = self.text(word).await?;
                    self.create(&path, false)?
                }
                Target::Copy(word) => {
                    let from = self.text(word).await?;
                    match from.as_str() {
                        "0" if redirect.fd == 0 => continue,
                        "1" => Some(io.stdout.clone()),
                        "2" => Some(io.stderr.clone()),
                        other => return Err(Flow::Unsupported(format!("a copy of descriptor {other}"))),
                    }
                }
            };
            let Some(sink) = sink else { return Ok(None) };
            match redirect.fd {
                1 => io.stdout = sink,
                2 => io.stderr = sink,
                other => return Err(Flow::Unsupported(format!("descriptor {other}"))),
            }
        }
        Ok(Some(io))
    }

    fn open(&self, path: &str) -> Ran<Option<Source>> {
        if path == "/dev/null" {
            return Ok(Some(Source::default()));
        }
        let whole = join(&self.directory, path);
        match self.place.files(|files| files.read(&whole))? {
            Ok(text) => Ok(Some(Source::of(text))),
            Err(_) => {
                self.complain(&format!("cannot open {path}: No such file"))?;
                Ok(None)
            }
        }
    }

    fn create(&self, path: &str, anew: bool) -> Ran<Option<Sink>> {
        match path {
            "/dev/null" => return Ok(Some(Sink::Null)),
            "/dev/stdout" | "/dev/stderr" => return Err(Flow::Unsupported(path.to_owned())),
            _ => {}
        }
        let whole = join(&self.directory, path);
        let mode = 0o666 & !self.umask;
        let made = self
            .place
            .files(|files| if anew { files.write(&whole, "", mode) } else { files.append(&whole, "", mode) })?;
        match made {
            Ok(()) => Ok(Some(Sink::File { path: whole, mode })),
            Err(error) => {
                let why = match error {
                    crate::hosts::files::Errno::NoEntry => "Directory nonexistent".to_owned(),
                    error => error.to_string(),
                };
                self.complain(&format!("cannot create {path}: {why}"))?;
                Ok(None)
            }
        }
    }
}
