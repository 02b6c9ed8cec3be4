//! Looks at one host: one script that only reads, its answer read strictly.
//!
//! Whatever other programs print is told from what the script itself says by a mark before each line, so that no foreign
//! output can pass for an answer. What is missing or makes no sense is an error that names it, never a guess.

mod arguments;
mod host;
mod offered;
mod packages;
mod parts;
mod sections;

use std::time::Duration;

use upgrade_core::commands::{quote, repository};
use upgrade_core::inventory::{Host, OperationOutcome, PackageManager, RepositoryLayout};
use upgrade_core::version::Minor;
use upgrade_provider::{ErrorKind, PortError, TimeOfDay};
use upgrade_ssh::{Script, Target, Transport};

use crate::failure::{port_error, script_error};
use crate::operation::{Place, outcome, state_script};
use sections::Sections;

const LOOK: &str = include_str!("look.sh");
const INDEX: &str = include_str!("index.sh");
const PARTS: &str = include_str!("parts.sh");

/// Far above what a healthy host needs, which is about a second: dnf may refresh its lists first.
const TIMEOUT: Duration = Duration::from_secs(120);

/// One list of packages alone takes a second or two: a mirror that needs longer does not answer.
const ONE_LIST: Duration = Duration::from_secs(30);

/// A host's answer is some kilobytes; a flat repository's list may be longer.
const KEEP: usize = 1024 * 1024;

/// What to look for, beyond what is always looked for.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// Minors whose packages are asked for.
    pub(crate) minors: Vec<Minor>,
    /// An operation whose outcome is asked for.
    pub(crate) operation: Option<Place>,
    /// Whether components of hand-built clusters are asked for.
    pub(crate) components: bool,
}

/// Looks at the host: one round trip, and another one where other minors' repositories must be asked.
pub(crate) async fn look(
    transport: &dyn Transport,
    target: &Target,
    question: Question,
    time: &TimeOfDay,
) -> Result<(Host, Option<OperationOutcome>), PortError> {
    let operation = question.operation.as_ref().map(state_script);
    let parts = if question.components { PARTS } else { "" };
    let state = operation.as_ref().map_or_else(String::new, |state| format!("section operation\n{state}"));
    let text = format!("{LOOK}{parts}{state}section time\ndate +%s%N\n");
    let before = time.now().as_millisecond();
    let printed = run(transport, target, text, TIMEOUT).await?;
    let after = time.now().as_millisecond();
    let sections = Sections::read(&printed);
    let mut host = host::read(target, &sections, before, after)?;
    if question.components {
        host.components = parts::read(&sections);
        host.arch = parts::arch(&sections);
    }
    let outcome = match operation {
        Some(_) => Some(sections.own("operation").and_then(outcome).ok_or_else(|| {
            let message = format!("expected the outcome of an operation from {}, found none", target.node);
            PortError::new(ErrorKind::Malformed, message)
        })?),
        None => None,
    };
    ask_other_minors(transport, target, &question.minors, &mut host).await;
    Ok((host, outcome))
}

/// Adds what the repositories of other minors offer. A minor whose list could not be read is left out: that is not the
/// same as one that offers nothing, and the rest of the host is seen all the same.
async fn ask_other_minors(transport: &dyn Transport, target: &Target, minors: &[Minor], host: &mut Host) {
    let RepositoryLayout::PerMinor(present) = host.repository.layout else { return };
    let function = match host.packages_by {
        PackageManager::Apt => "index",
        PackageManager::Dnf4 | PackageManager::Dnf5 => "index_rpm",
        PackageManager::Yum | PackageManager::Zypper => return,
    };
    let lines = || host.repository.files.iter().flat_map(|file| file.lines.iter());
    let live =
        lines().find(|line| repository::minor_in(line) == Some(present) && !line.trim_start().starts_with("gpgkey"));
    let calls: Vec<String> = minors
        .iter()
        .filter(|minor| !host.offered.contains_key(minor))
        .filter_map(|minor| Some((minor, repository::url_of_minor(live?, *minor)?)))
        .map(|(minor, url)| format!("{function} {} {}", quote(&minor.to_string()), quote(&url)))
        .collect();
    if calls.is_empty() {
        return;
    }
    let ask = |calls: &[String], timeout| run(transport, target, format!("{INDEX}{}\n", calls.join("\n")), timeout);
    match ask(&calls, TIMEOUT).await {
        Ok(printed) => host.offered.extend(offered::indexes(&Sections::read(&printed))),
        // They share the time: those that answer must not be lost with one that does not.
        Err(_) => {
            for call in calls.chunks(1) {
                let Ok(printed) = ask(call, ONE_LIST).await else { return };
                host.offered.extend(offered::indexes(&Sections::read(&printed)));
            }
        }
    }
}

async fn run(transport: &dyn Transport, target: &Target, text: String, timeout: Duration) -> Result<String, PortError> {
    // The last command's status says nothing: every part that could not be read is missing, and named when it is needed.
    let script = Script { text: format!("{text}\nreturn 0"), timeout, keep: KEEP };
    let output = transport.run(target, &script).await.map_err(port_error)?;
    if output.status == 0 { Ok(output.stdout) } else { Err(script_error(target.node.as_str(), "look around", &output)) }
}
