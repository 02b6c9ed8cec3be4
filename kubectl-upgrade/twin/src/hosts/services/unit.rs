//! The files of units, as far as components use them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::hosts::Files;

/// Where units are looked for; the first that has one wins.
const DIRECTORIES: [&str; 3] = ["/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system"];

/// A unit's file.
#[derive(Clone, Debug)]
pub(in crate::hosts) struct UnitFile {
    pub(in crate::hosts) path: String,
    pub(in crate::hosts) text: Arc<String>,
    /// Key and value of the lines in `[Service]`, continued ones joined.
    settings: Vec<(String, String)>,
    environment: BTreeMap<String, String>,
}

impl UnitFile {
    /// The names of all units of services.
    pub(in crate::hosts) fn names(files: &Files) -> Vec<String> {
        let mut names: Vec<String> = DIRECTORIES.iter().flat_map(|directory| files.list(directory)).collect();
        names.retain(|name| name.ends_with(".service"));
        names.sort();
        names.dedup();
        names
    }

    /// The unit of that name.
    pub(in crate::hosts) fn read(files: &Files, unit: &str) -> Option<Self> {
        let (path, text) = DIRECTORIES.iter().find_map(|directory| {
            let path = format!("{directory}/{unit}");
            files.text(&path).map(|text| (path, text))
        })?;
        let mut settings = settings(&text);
        let added = DIRECTORIES.iter().flat_map(|directory| {
            let directory = format!("{directory}/{unit}.d");
            files.list(&directory).into_iter().filter_map(move |name| files.text(&format!("{directory}/{name}")))
        });
        settings.extend(added.flat_map(|text| self::settings(&text)));
        let mut file = Self { path, text, settings, environment: BTreeMap::new() };
        for path in file.environment_files() {
            let text = files.text(&path).unwrap_or_default();
            let pairs =
                text.lines().filter(|line| !line.trim_start().starts_with('#')).filter_map(|line| line.split_once('='));
            let pairs =
                pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().trim_matches(['"', '\'']).to_owned()));
            file.environment.extend(pairs);
        }
        Some(file)
    }

    fn last(&self, key: &str) -> Option<&str> {
        self.settings.iter().rfind(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The program and its arguments as they are written.
    pub(in crate::hosts) fn written(&self) -> Option<&str> {
        self.last("ExecStart").filter(|line| !line.is_empty())
    }

    /// The files with its variables.
    pub(in crate::hosts) fn environment_files(&self) -> Vec<String> {
        let values = self.settings.iter().filter(|(name, _)| name == "EnvironmentFile").map(|(_, value)| value);
        values.map(|value| value.trim_start_matches('-').to_owned()).collect()
    }

    /// The program's path and its arguments, variables filled in.
    pub(in crate::hosts) fn command(&self) -> Option<(String, Vec<String>)> {
        let mut words = self.written()?.split_whitespace();
        let path = words.next()?.trim_start_matches(['-', '@', ':', '+', '!']).to_owned();
        Some((path, words.flat_map(|word| self.filled(word)).collect()))
    }

    /// A word that is a variable becomes as many words as its value has.
    fn filled(&self, word: &str) -> Vec<String> {
        let value = |name: &str| self.environment.get(name).cloned().unwrap_or_default();
        match word.strip_prefix('$') {
            Some(name) if !name.starts_with('{') => value(name).split_whitespace().map(str::to_owned).collect(),
            Some(_) | None => {
                let all = self.environment.iter();
                vec![all.fold(word.to_owned(), |word, (name, value)| word.replace(&format!("${{{name}}}"), value))]
            }
        }
    }

    /// Whether it counts as started only when it says so.
    pub(in crate::hosts) fn notifies(&self) -> bool {
        self.last("Type") == Some("notify")
    }

    /// Whether it is started to come to an end.
    pub(in crate::hosts) fn ends(&self) -> bool {
        self.last("Type") == Some("oneshot")
    }

    /// The file that its output goes to.
    pub(in crate::hosts) fn output(&self) -> Option<&str> {
        self.last("StandardOutput")?.strip_prefix("file:")
    }

    /// After how long systemd starts it again; none when it does not.
    pub(in crate::hosts) fn restarts_after(&self) -> Option<Duration> {
        self.last("Restart").filter(|when| ["always", "on-failure", "on-abnormal"].contains(when))?;
        let seconds = self.last("RestartSec").and_then(|text| text.trim_end_matches('s').parse().ok());
        Some(seconds.map_or(Duration::from_millis(100), Duration::from_secs))
    }
}

fn settings(text: &str) -> Vec<(String, String)> {
    let (mut settings, mut line, mut inside) = (Vec::new(), String::new(), false);
    for piece in text.lines().filter(|line| !line.starts_with(['#', ';'])) {
        if let Some(more) = piece.strip_suffix('\\') {
            line.push_str(more);
            line.push(' ');
            continue;
        }
        line.push_str(piece);
        let whole = std::mem::take(&mut line);
        if whole.starts_with('[') {
            inside = whole.trim() == "[Service]";
        } else if let Some((key, value)) = whole.split_once('=').filter(|_| inside) {
            settings.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_variables_filled_in() {
        let mut files = Files::default();
        for directory in ["/etc", "/etc/systemd", "/etc/systemd/system", "/etc/default"] {
            files.make_dir(directory, 0o755).unwrap();
        }
        files.write("/etc/default/x", "# a comment\nOPTS=\"--b=2 --c\"\nD=4\n", 0o644).unwrap();
        let text = "[Unit]\nType=nothing\n[Service]\nType=notify\nEnvironmentFile=-/etc/default/x\n\
                    ExecStart=/bin/x \\\n  --a=1 \\\n  $OPTS --d=${D}\nRestart=on-failure\nRestartSec=3\n";
        files.write("/etc/systemd/system/x.service", text, 0o644).unwrap();
        let unit = UnitFile::read(&files, "x.service").unwrap();
        let arguments = ["--a=1", "--b=2", "--c", "--d=4"].map(str::to_owned).to_vec();
        assert_eq!(unit.command(), Some(("/bin/x".to_owned(), arguments)));
        assert!(unit.notifies() && !unit.ends());
        assert_eq!(unit.restarts_after(), Some(Duration::from_secs(3)));
        assert_eq!(UnitFile::names(&files), ["x.service"]);
        assert!(UnitFile::read(&files, "y.service").is_none());
    }
}
