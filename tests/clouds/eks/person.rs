//! Someone with the plugin and a home of their own.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;

use serde_json::Value;
use tempfile::TempDir;
use upgrade_tests::plugin;

/// A person.
pub(crate) struct Person(TempDir);

impl Person {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn home(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = Command::new(plugin::binary());
        command.args(words.split_whitespace()).env_clear().env("HOME", self.0.path()).stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, words: &str) -> Said {
        Said::of(&self.command(words).output().unwrap())
    }

    /// A command that was started, up to the first line of its output that will do.
    pub(crate) fn started(&self, words: &str, until: impl Fn(&str) -> bool) -> Under {
        let mut child = self.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut errors = child.stderr.take().unwrap();
        let err = std::thread::spawn(move || std::io::read_to_string(&mut errors).unwrap());
        let found = lines.by_ref().map(|line| line.unwrap()).find(|line| until(line));
        let Some(line) = found else { panic!("{words}: it ended too soon\n{}", err.join().unwrap()) };
        let out = std::thread::spawn(move || lines.map(|line| line.unwrap() + "\n").collect());
        Under { child, line, out, err }
    }

    /// The journal of the last run.
    pub(crate) fn journal(&self) -> PathBuf {
        let mut found = Vec::new();
        journals(self.home(), &mut found);
        found.sort_by_key(|path| std::fs::metadata(path).unwrap().modified().unwrap());
        found.pop().expect("a journal")
    }
}

fn journals(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            journals(&path, found);
        } else if path.ends_with("journal.jsonl") {
            found.push(path);
        }
    }
}

/// A command that goes on.
pub(crate) struct Under {
    child: Child,
    line: String,
    out: JoinHandle<String>,
    err: JoinHandle<String>,
}

impl Under {
    /// Waits for it.
    pub(crate) fn end(mut self) -> Said {
        let code = self.child.wait().unwrap().code();
        Said { code, out: self.line + "\n" + &self.out.join().unwrap(), err: self.err.join().unwrap() }
    }

    /// Pulls the plug. Returns the line it was let run up to.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.line
    }
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// What it wrote, which has to have gone well.
    pub(crate) fn well(self) -> String {
        assert_eq!(self.code, Some(0), "{}\n{}", self.out, self.err);
        self.out
    }

    /// The report at the end of its events.
    pub(crate) fn report(self) -> Value {
        let out = self.well();
        let last: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
        last["report"].clone()
    }
}
