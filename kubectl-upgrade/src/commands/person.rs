//! The person at the keyboard, for steps that are done by hand: shown what to do, heard by Enter or by a file.

use std::io::{self, BufRead as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;
use upgrade_core::plan::{Action, Step};
use upgrade_provider::{ErrorKind, Person, PortError};

use crate::report::Terminal;
use crate::report::human::action_name;

/// How often the file is looked for.
const LOOK: Duration = Duration::from_millis(500);

/// Hears by a file that appears and is taken away again, or by Enter where there is a terminal.
pub(crate) struct AtKeyboard {
    terminal: Terminal,
    file: Option<PathBuf>,
    /// Enter was pressed; read by a thread of its own, since a line is waited for without end.
    entered: Arc<Notify>,
    listening: Mutex<bool>,
}

impl AtKeyboard {
    /// One who says so by the file, where one is named, or else by Enter.
    pub(crate) fn new(terminal: Terminal, file: Option<PathBuf>) -> Self {
        Self { terminal, file, entered: Arc::new(Notify::new()), listening: Mutex::new(false) }
    }

    fn listen(&self) {
        let mut listening = self.listening.lock().unwrap_or_else(PoisonError::into_inner);
        if *listening {
            return;
        }
        *listening = true;
        let entered = Arc::clone(&self.entered);
        std::thread::spawn(move || {
            for line in io::stdin().lock().lines() {
                if line.is_err() {
                    return;
                }
                entered.notify_one();
            }
        });
    }
}

#[async_trait]
impl Person for AtKeyboard {
    async fn show(&self, step: &Step) -> Result<(), PortError> {
        let how = match &step.action {
            Action::Component(action) => action.by_hand().cloned().unwrap_or_default(),
            Action::SnapshotEtcd { .. }
            | Action::ArchiveFiles { .. }
            | Action::SwitchRepository { .. }
            | Action::InstallPackages { .. }
            | Action::UpgradeApply { .. }
            | Action::UpgradeNode { .. }
            | Action::Cordon { .. }
            | Action::Drain { .. }
            | Action::RestartKubelet { .. }
            | Action::Uncordon { .. }
            | Action::Cloud(_) => Vec::new(),
        };
        let (name, subject) = (action_name(&step.action), step.action.subject());
        let said = match &self.file {
            Some(file) => format!("when it is done: touch {}", file.display()),
            None if self.terminal.can_ask() => "when it is done: press Enter".to_owned(),
            None => {
                let message = format!("step {}, {name} on {subject}, is done by hand, and nobody is here", step.id);
                let hint = "do what kubectl upgrade plan --details shows for it, then kubectl upgrade resume; or give \
                            run and resume a --wait-file";
                return Err(PortError::new(ErrorKind::Refused, message).hint(hint));
            }
        };
        // One left over from a step before says nothing about this one.
        if let Some(file) = &self.file {
            let _ = std::fs::remove_file(file);
        } else {
            self.listen();
        }
        let lines: Vec<String> = how.iter().map(|line| format!("  {line}")).collect();
        self.terminal.note(&format!("step {} by hand, {name} on {subject}\n{}\n{said}", step.id, lines.join("\n")));
        Ok(())
    }

    async fn said_so(&self, _step: &Step, patience: Duration) -> bool {
        let Some(file) = &self.file else {
            return tokio::time::timeout(patience, self.entered.notified()).await.is_ok();
        };
        let looks = (patience.as_millis() / LOOK.as_millis()).max(1);
        for _ in 0..looks {
            if std::fs::remove_file(file).is_ok() {
                return true;
            }
            tokio::time::sleep(LOOK).await;
        }
        false
    }
}
