//! Lists, pipelines and what ends them.

use std::future::Future;
use std::pin::Pin;

use super::io::{Sink, Source};
use super::syntax::{AndOr, Command, Join, List, Pipeline};
use super::{DEEPEST, Flow, Ran, Shell};

/// Running something that runs something.
pub(super) type Running<'a> = Pin<Box<dyn Future<Output = Ran> + Send + 'a>>;

impl Shell {
    pub(super) fn list<'a>(&'a mut self, list: &'a List) -> Running<'a> {
        Box::pin(async move {
            let mut status = 0;
            for and_or in &list.0 {
                status = self.and_or(and_or).await?;
            }
            Ok(status)
        })
    }

    /// Runs a list whose status the caller asks for, so that no failure in it ends the shell.
    pub(super) async fn test_list(&mut self, list: &List) -> Ran {
        self.tested += 1;
        let status = self.list(list).await;
        self.tested -= 1;
        status
    }

    async fn and_or(&mut self, and_or: &AndOr) -> Ran {
        let count = and_or.rest.len();
        let mut status = self.pipeline(&and_or.first, count > 0).await?;
        for (at, (join, pipeline)) in and_or.rest.iter().enumerate() {
            let goes_on = match join {
                Join::And => status == 0,
                Join::Or => status != 0,
            };
            if goes_on {
                status = self.pipeline(pipeline, at + 1 < count).await?;
            }
        }
        Ok(status)
    }

    async fn pipeline(&mut self, pipeline: &Pipeline, tested: bool) -> Ran {
        let tested = u32::from(tested || pipeline.negated);
        self.tested += tested;
        let status = self.commands(pipeline).await;
        self.tested -= tested;
        let status = status?;
        self.status = if pipeline.negated { i32::from(status == 0) } else { status };
        Ok(self.status)
    }

    async fn commands(&mut self, pipeline: &Pipeline) -> Ran {
        let Some((last, before)) = pipeline.commands.split_last() else { return Ok(0) };
        if before.is_empty() {
            return self.command(last).await;
        }
        let mut stdin = self.io.stdin.clone();
        for command in before {
            let sink = Sink::buffer();
            let mut inner = self.subshell();
            inner.io.stdin = stdin;
            inner.io.stdout = sink.clone();
            inner.end(command).await?;
            stdin = Source::of(sink.take());
        }
        let mut inner = self.subshell();
        inner.io.stdin = stdin;
        let status = inner.end(last).await?;
        self.judged(status)
    }

    /// A shell like this one, whose end is not this one's.
    pub(super) fn subshell(&self) -> Self {
        let mut inner = self.clone();
        inner.at_exit = None;
        inner.depth += 1;
        inner
    }

    /// Runs a command as all that this shell does.
    async fn end(&mut self, command: &Command) -> Ran {
        self.deep_enough()?;
        match self.command(command).await {
            Ok(status) | Err(Flow::Exit(status) | Flow::Return(status)) => Ok(status),
            Err(Flow::Break(_) | Flow::Continue(_)) => Ok(self.status),
            Err(flow @ (Flow::Cut | Flow::Unsupported(_))) => Err(flow),
        }
    }

    /// Runs a list as all that this shell does, and what it wants done at its end.
    pub(super) async fn apart(&mut self, list: &List) -> Ran {
        self.deep_enough()?;
        let status = self.run_out(list).await?;
        match self.at_exit.take() {
            Some(text) => Err(Flow::Unsupported(format!("a trap of a subshell: {text}"))),
            None => Ok(status),
        }
    }

    pub(super) fn deep_enough(&self) -> Ran<()> {
        if self.depth > DEEPEST {
            return Err(Flow::Unsupported(format!("more than {DEEPEST} shells inside of each other")));
        }
        Ok(())
    }

    fn command<'a>(&'a mut self, command: &'a Command) -> Running<'a> {
        Box::pin(async move {
            match command {
                Command::Simple(simple) => {
                    let status = self.simple(simple).await?;
                    self.judged(status)
                }
                Command::Compound(compound, redirects) => self.redirected(compound, redirects).await,
                Command::Function(name, body) => {
                    self.functions.insert(name.clone(), std::sync::Arc::clone(body));
                    Ok(0)
                }
            }
        })
    }

    /// Ends the shell over a failure that nobody asks for, under `set -e`.
    pub(super) fn judged(&mut self, status: i32) -> Ran {
        self.status = status;
        if status != 0 && self.errexit && self.tested == 0 { Err(Flow::Exit(status)) } else { Ok(status) }
    }

    /// Runs a function.
    pub(super) async fn function(&mut self, body: &Command, arguments: Vec<String>) -> Ran {
        self.deep_enough()?;
        let positional = std::mem::replace(&mut self.positional, arguments);
        self.depth += 1;
        let ended = self.command(body).await;
        self.depth -= 1;
        self.positional = positional;
        match ended {
            Err(Flow::Return(status)) => Ok(status),
            other => other,
        }
    }
}
