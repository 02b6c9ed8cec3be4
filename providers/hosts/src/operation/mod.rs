//! Operations: commands that run detached on a host under a name of their own.
//!
//! Each has a directory on its host, for root alone: `script` (what runs), `started` (made by the first process that
//! runs it, so that none runs it twice), `output`, and `status` once it ended. A systemd unit of the same name runs it:
//! kubeadm was seen to die half-way when the SSH connection it ran in was dropped.

mod begin;
mod poll;
mod relay;

use upgrade_core::commands::{CommandLine, quote};
use upgrade_core::journal::OperationRef;
use upgrade_core::scope::OperationKey;
use upgrade_provider::{ErrorKind, PortError};

pub(crate) use begin::begin;
pub(crate) use poll::{outcome, poll, state_script};
pub(crate) use relay::Relay;

/// Where operations are kept on a host; survives a reboot.
pub const OPERATIONS: &str = "/var/lib/kubectl-upgrade";

/// What units are called: this, then the operation's key.
const UNIT: &str = "kubectl-upgrade-";

/// Where an operation is found on its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    directory: String,
    unit: String,
}

impl Place {
    pub(crate) fn new(operations: &str, key: &OperationKey) -> Self {
        Self::of_unit(operations, format!("{UNIT}{}", fit(&key.to_string())))
    }

    fn of_unit(operations: &str, unit: String) -> Self {
        let key = unit.strip_prefix(UNIT).unwrap_or(&unit);
        Self { directory: format!("{operations}/{key}"), unit }
    }

    /// # Errors
    /// When it is not a name that [`Place::reference`] gave.
    pub(crate) fn find(operations: &str, reference: &OperationRef) -> Result<Self, PortError> {
        let name = &reference.0;
        match name.strip_prefix(UNIT) {
            Some(key) if !key.is_empty() && fit(key) == key => Ok(Self::of_unit(operations, name.clone())),
            Some(_) | None => Err(PortError::new(
                ErrorKind::Malformed,
                format!("expected the name of an operation on a host ({UNIT}…), found {name:?}"),
            )),
        }
    }

    /// Where one part is found of an operation that goes over several hosts; parts are counted from 1.
    fn part(&self, operations: &str, number: usize) -> Self {
        Self::of_unit(operations, format!("{}-part-{number}", self.unit))
    }

    fn reference(&self) -> OperationRef {
        OperationRef(self.unit.clone())
    }

    /// Shell assignments of both names.
    fn variables(&self) -> String {
        format!("dir={}\nunit={}\n", quote(&self.directory), quote(&self.unit))
    }
}

/// What lines do, in words where they have them.
fn text_of(lines: &[CommandLine]) -> String {
    let words: Vec<String> = lines.iter().map(|line| line.note.clone().unwrap_or_else(|| line.as_root())).collect();
    words.join("; ")
}

/// Letters, digits, `.`, `_` and `-` alone, as units and file names take them; a leading dot would hide or climb.
fn fit(key: &str) -> String {
    let fit = |char: char| if char.is_ascii_alphanumeric() || "._-".contains(char) { char } else { '_' };
    let key: String = key.chars().map(fit).collect();
    key.strip_prefix('.').map_or_else(|| key.clone(), |rest| format!("_{rest}"))
}

#[cfg(test)]
mod tests {
    use upgrade_core::ids::{RunId, StepId};

    use super::*;

    #[test]
    fn a_name_leads_back_to_its_place_and_no_further() {
        let key = OperationKey { run: RunId::new("2026/../x"), step: StepId(3), attempt: 1 };
        let place = Place::new("/o", &key);
        assert_eq!(place.directory, "/o/2026_.._x-step-3-attempt-1");
        assert_eq!(Place::find("/o", &place.reference()).unwrap(), place);
        for name in ["kubectl-upgrade-", "kubectl-upgrade-../../etc", "x", "kubectl-upgrade-a b", "kubectl-upgrade-.."]
        {
            assert!(Place::find("/o", &OperationRef(name.to_owned())).is_err(), "{name}");
        }
    }
}
