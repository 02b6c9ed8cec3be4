//! Where runs keep their files: `<root>/<cluster uid>/<run id>/{plan.json,settings.json,journal.jsonl}`.

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use upgrade_core::ids::{ClusterUid, RunId};
use upgrade_core::journal::Record;
use upgrade_core::plan::{PlanFile, PlanFileError};

use crate::journal::{self, JournalError};

const PLAN: &str = "plan.json";
const SETTINGS: &str = "settings.json";
const JOURNAL: &str = "journal.jsonl";

/// All runs kept on this machine.
#[derive(Clone, Debug)]
pub struct RunStore {
    root: PathBuf,
}

/// The files of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDirectory {
    /// Where they are.
    pub path: PathBuf,
    /// The run.
    pub run: RunId,
    /// The cluster it is about.
    pub cluster: ClusterUid,
}

impl RunStore {
    /// The runs below `root`, which need not exist yet.
    #[must_use]
    pub const fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// Makes a place for a new run and puts its plan and settings there, on disk for good.
    ///
    /// # Errors
    /// When the run exists already, its name does not make a file name, or the files could not be written.
    pub fn create(
        &self,
        plan: &PlanFile,
        run: &RunId,
        settings: &serde_json::Value,
    ) -> Result<RunDirectory, StoreError> {
        let cluster = plan.plan.cluster.uid.clone();
        let parent = self.root.join(file_name(cluster.as_str())?);
        let path = parent.join(file_name(run.as_str())?);
        fs::create_dir_all(&parent).map_err(|source| StoreError::write(&parent, source))?;
        fs::create_dir(&path).map_err(|source| match source.kind() {
            ErrorKind::AlreadyExists => StoreError::Exists { run: run.clone(), path: path.clone() },
            _ => StoreError::write(&path, source),
        })?;
        write_json(&path.join(SETTINGS), settings)?;
        write_json(&path.join(PLAN), plan)?;
        for directory in [&path, &parent, &self.root] {
            sync_directory(directory).map_err(|source| StoreError::write(directory, source))?;
        }
        Ok(RunDirectory { path, run: run.clone(), cluster })
    }

    /// Finds a run by name.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn open(&self, run: &RunId) -> Result<RunDirectory, StoreError> {
        self.list()?
            .into_iter()
            .find(|directory| directory.run == *run)
            .ok_or_else(|| StoreError::Missing { run: run.clone(), root: self.root.clone() })
    }

    /// The run begun last, of one cluster or of all.
    ///
    /// # Errors
    /// When the directories could not be read.
    pub fn latest(&self, cluster: Option<&ClusterUid>) -> Result<Option<RunDirectory>, StoreError> {
        let mut runs = self.list()?.into_iter();
        Ok(runs.rfind(|directory| cluster.is_none_or(|wanted| directory.cluster == *wanted)))
    }

    /// Every run, in the order they were begun.
    ///
    /// # Errors
    /// When the directories could not be read.
    pub fn list(&self) -> Result<Vec<RunDirectory>, StoreError> {
        let mut runs = Vec::new();
        for (cluster, path) in directories(&self.root)? {
            for (run, path) in directories(&path)? {
                // A directory without its plan was left by a crash before the run began.
                if path.join(PLAN).exists() {
                    runs.push(RunDirectory { path, run: RunId::new(run), cluster: ClusterUid::new(&cluster) });
                }
            }
        }
        // Names begin with the time.
        runs.sort_by(|a, b| a.run.cmp(&b.run));
        Ok(runs)
    }
}

impl RunDirectory {
    /// The plan of the run.
    ///
    /// # Errors
    /// When it could not be read or was changed since the run began.
    pub fn plan(&self) -> Result<PlanFile, StoreError> {
        let path = self.path.join(PLAN);
        let text = read(&path)?;
        PlanFile::read(&text).map_err(|source| StoreError::Plan { path, source })
    }

    /// What happened so far. Empty when the run was not begun.
    ///
    /// # Errors
    /// When the journal could not be read or is damaged.
    pub fn records(&self) -> Result<Vec<Record>, StoreError> {
        Ok(journal::read(&self.journal())?)
    }

    /// The connection settings the run was begun with.
    ///
    /// # Errors
    /// When they could not be read.
    pub fn settings(&self) -> Result<serde_json::Value, StoreError> {
        let path = self.path.join(SETTINGS);
        let text = read(&path)?;
        serde_json::from_str(&text).map_err(|source| StoreError::Settings { path, source })
    }

    /// Takes away what [`RunStore::create`] made, as far as that can be done. The plan goes first: without it the rest is
    /// no run.
    pub(crate) fn discard(&self) {
        let removed = fs::remove_file(self.path.join(PLAN)).and_then(|()| fs::remove_dir_all(&self.path));
        // What is left does no harm; the error that the run ends with matters more.
        drop(removed);
    }

    /// The journal's file.
    pub(crate) fn journal(&self) -> PathBuf {
        self.path.join(JOURNAL)
    }
}

/// Why a run's files could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file could not be read.
    #[error("failed to read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file could not be written.
    #[error("failed to write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The plan kept for the run cannot be used.
    #[error("failed to use the plan kept in {}", path.display())]
    Plan {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: PlanFileError,
    },
    /// The settings kept for the run cannot be used.
    #[error("failed to use the settings kept in {}", path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The journal cannot be used.
    #[error("failed to read the journal")]
    Journal(#[from] JournalError),
    /// There is no such run.
    #[error("expected a run {run} in {}, found none", root.display())]
    Missing {
        /// The run.
        run: RunId,
        /// Where it was looked for.
        root: PathBuf,
    },
    /// There is such a run already.
    #[error("expected no run {run} yet, found {}", path.display())]
    Exists {
        /// The run.
        run: RunId,
        /// Where it is.
        path: PathBuf,
    },
    /// A name that would lead out of the store.
    #[error("expected a name of letters, digits, '-', '_' and '.', found {found:?}")]
    Name {
        /// The name.
        found: String,
    },
}

impl StoreError {
    fn write(path: &Path, source: io::Error) -> Self {
        Self::Write { path: path.to_owned(), source }
    }
}

/// A cluster's UID comes from the cluster: it must not choose where files go.
fn file_name(text: &str) -> Result<&str, StoreError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let fits = !text.is_empty() && !text.starts_with('.') && text.bytes().all(plain);
    if fits { Ok(text) } else { Err(StoreError::Name { found: text.to_owned() }) }
}

fn read(path: &Path) -> Result<String, StoreError> {
    fs::read_to_string(path).map_err(|source| StoreError::Read { path: path.to_owned(), source })
}

fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<(), StoreError> {
    let write = || -> io::Result<()> {
        // The writer writes each token by itself: a plan for thousands of nodes would be millions of system calls.
        let mut file = BufWriter::new(File::create_new(path)?);
        serde_json::to_writer_pretty(&mut file, value)?;
        file.write_all(b"\n")?;
        file.into_inner()?.sync_all()
    };
    write().map_err(|source| StoreError::write(path, source))
}

/// Makes a directory's entries last: a synced file in an unsynced directory can vanish with the power.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn directories(path: &Path) -> Result<Vec<(String, PathBuf)>, StoreError> {
    let read = |source| StoreError::Read { path: path.to_owned(), source };
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(read(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(read)?;
        if let (true, Ok(name)) = (entry.path().is_dir(), entry.file_name().into_string()) {
            found.push((name, entry.path()));
        }
    }
    Ok(found)
}
