//! Simple commands: assignments, and which builtin, function or program is meant.

use super::syntax::Simple;
use super::{Flow, Ran, Shell, Variable};
use crate::hosts::programs::{self, Call};

/// Builtins whose failure ends a shell, and whose assignments stay.
const SPECIAL: [&str; 13] =
    [":", ".", "break", "continue", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift", "trap"];

impl Shell {
    pub(super) async fn simple(&mut self, simple: &Simple) -> Ran {
        self.place.breathe()?;
        self.place.count()?;
        self.substituted = 0;
        let argv = self.words(&simple.words).await?;
        let Some(name) = argv.first().cloned() else { return self.assignments(simple).await };
        let special = SPECIAL.contains(&name.as_str());
        let Some(io) = self.redirect(&simple.redirects).await? else {
            return if special { Err(Flow::Exit(2)) } else { Ok(2) };
        };
        let saved = self.assign_for(simple, special).await?;
        let old = std::mem::replace(&mut self.io, io);
        let ended = self.named(&name, argv).await;
        if name == "exec" && ended.is_ok() {
            // `exec` with redirections alone: they stay.
        } else {
            self.io = old;
        }
        for (name, value) in saved {
            match value {
                Some(variable) => self.variables.insert(name, variable),
                None => self.variables.remove(&name),
            };
        }
        ended
    }

    /// A command without a name: its assignments stay, and its status is that of its last substitution.
    async fn assignments(&mut self, simple: &Simple) -> Ran {
        for (name, word) in &simple.assignments {
            let value = self.text(word).await?;
            self.set(name, value);
        }
        if self.redirect(&simple.redirects).await?.is_none() {
            return Ok(2);
        }
        Ok(self.substituted)
    }

    /// Assigns for one command and returns what was there before.
    async fn assign_for(&mut self, simple: &Simple, stays: bool) -> Ran<Vec<(String, Option<Variable>)>> {
        let mut saved = Vec::new();
        for (name, word) in &simple.assignments {
            let value = self.text(word).await?;
            if stays {
                self.set(name, value);
            } else {
                let before = self.variables.insert(name.clone(), Variable { value, exported: true });
                saved.push((name.clone(), before));
            }
        }
        // The first one saved of a name is what it goes back to.
        saved.reverse();
        Ok(saved)
    }

    async fn named(&mut self, name: &str, argv: Vec<String>) -> Ran {
        let arguments = argv.get(1..).unwrap_or_default();
        if !SPECIAL.contains(&name)
            && let Some(body) = self.functions.get(name).cloned()
        {
            return self.function(&body, arguments.to_vec()).await;
        }
        if let Some(status) = self.builtin(name, arguments).await? {
            return Ok(status);
        }
        self.program(argv).await
    }

    /// Runs a program.
    pub(super) async fn program(&mut self, argv: Vec<String>) -> Ran {
        let call = Call {
            place: self.place.clone(),
            io: self.io.clone(),
            environment: self.environment(),
            directory: self.directory.clone(),
            umask: self.umask,
            argv,
        };
        match programs::run(&call).await? {
            Some(status) => Ok(status),
            None => {
                let name = call.argv.first().map(String::as_str).unwrap_or_default();
                self.complain(&format!("{name}: not found"))?;
                Ok(127)
            }
        }
    }
}
