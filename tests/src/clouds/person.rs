//! A person with a home of their own, the plugin, and no cluster but a simulated one.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::served::Served;
use crate::plugin;

/// How long a run may take to come to a point.
const PATIENCE: Duration = Duration::from_secs(180);

/// The person.
pub struct Person(TempDir);

/// What one command left behind.
#[derive(Debug)]
pub struct Told {
    /// Its exit code; none when it was killed.
    pub code: Option<i32>,
    /// What it printed.
    pub out: String,
    /// What it printed, and what it said beside.
    pub text: String,
}

impl Told {
    /// The same, having ended with that code.
    ///
    /// # Panics
    /// When it ended with another.
    #[must_use]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.text);
        self
    }

    /// The same, having said each of these.
    ///
    /// # Panics
    /// When it did not say one of them.
    pub fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.text.contains(word), "expected {word:?} in:\n{}", self.text);
        }
        self
    }
}

impl Default for Person {
    fn default() -> Self {
        Self::new()
    }
}

impl Person {
    /// One without a cluster.
    ///
    /// # Panics
    /// When there is no room for a home.
    #[must_use]
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// One whose kubeconfig leads to a served cluster.
    ///
    /// # Panics
    /// When there is no room for a home.
    #[must_use]
    pub fn at(served: &Served) -> Self {
        let person = Self::new();
        std::fs::write(person.path("kubeconfig"), &served.kubeconfig).unwrap();
        person
    }

    /// A file in the home.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `kubectl upgrade …`
    #[must_use]
    pub fn command(&self, words: &str) -> Command {
        let mut command = Command::new(plugin::binary());
        command.args(words.split_whitespace()).env_clear().env("HOME", self.0.path()).stdin(Stdio::null());
        command.env("KUBECONFIG", self.path("kubeconfig")).current_dir(self.0.path());
        command
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn run(&self, words: &str) -> Told {
        let output = self.command(words).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        Told { code: output.status.code(), text: format!("{out}{err}"), out }
    }

    /// The journal of the run that wrote to one last.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        let mut found = Vec::new();
        journals(self.0.path(), &mut found);
        found.sort_by_key(|path| std::fs::metadata(path).unwrap().modified().unwrap());
        found.pop().expect("a journal")
    }

    /// A simulated cluster that stays, its time as fast as it goes; the kubeconfig leads to it.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn sandbox(&self, scenario: &str) -> Up {
        let mut command = self.command(&format!("sandbox up {scenario} --speed 60 --kubeconfig"));
        let mut child = command.arg(self.path("kubeconfig")).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let greeting = lines.next().unwrap().unwrap();
        assert!(greeting.starts_with(&format!("sandbox {scenario} is up")), "{greeting}");
        std::thread::spawn(move || lines.for_each(drop));
        Up(child)
    }

    /// Begins a run and kills it as soon as it says that; what it had said by then.
    ///
    /// # Panics
    /// When it does not say so.
    pub fn killed_when(&self, words: &str, says: &str) -> String {
        let log = self.path("log");
        let mut run = self.command(words).stdout(Stdio::null()).stderr(File::create(&log).unwrap()).spawn().unwrap();
        let began = Instant::now();
        loop {
            let said = std::fs::read_to_string(&log).unwrap();
            if said.lines().any(|line| line.contains(says)) {
                run.kill().unwrap();
                run.wait().unwrap();
                return said;
            }
            assert!(began.elapsed() < PATIENCE && run.try_wait().unwrap().is_none(), "expected {says:?} in:\n{said}");
            std::thread::sleep(Duration::from_millis(20));
        }
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

/// A sandbox that is up, until it is dropped.
pub struct Up(Child);

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
