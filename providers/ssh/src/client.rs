//! The real transport: the system's ssh, one multiplexed connection per host.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use openssh::{ControlPersist, KnownHosts, Session, SessionBuilder, Stdio};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Mutex, Semaphore};

use crate::error::SshError;
use crate::target::{Target, is_word};
use crate::transport::{Output, Script, Transport};
use crate::wire;

/// sshd refuses an eleventh session on one connection unless told otherwise (MaxSessions); two are left to spare.
const SESSIONS: usize = 8;

/// How long a connection may take, jump hosts included: whoever waits for a plan waits this long for a silent host.
const CONNECT: Duration = Duration::from_secs(10);

/// Seconds between proofs of life; ssh gives up after three without an answer.
const ALIVE: Duration = Duration::from_secs(5);

/// How long an idle connection outlives this process if that is killed.
const IDLE_S: usize = 60;

/// Runs scripts through the system's ssh. Connections are made when needed, shared, and made again when they broke.
#[derive(Debug, Default)]
pub struct SshClient {
    links: Mutex<HashMap<Target, Arc<Link>>>,
}

/// What is kept for one host.
#[derive(Debug)]
struct Link {
    session: Mutex<Option<Arc<Session>>>,
    sessions: Semaphore,
}

impl SshClient {
    /// A client without connections.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    async fn link(&self, target: &Target) -> Arc<Link> {
        let mut links = self.links.lock().await;
        let link = || Arc::new(Link { session: Mutex::new(None), sessions: Semaphore::new(SESSIONS) });
        links.entry(target.clone()).or_insert_with(link).clone()
    }
}

impl Link {
    /// The connection, and whether it was there before.
    async fn session(&self, target: &Target) -> Result<(Arc<Session>, bool), SshError> {
        let mut slot = self.session.lock().await;
        if let Some(session) = slot.as_ref() {
            return Ok((session.clone(), true));
        }
        let session = Arc::new(connect(target).await?);
        *slot = Some(session.clone());
        Ok((session, false))
    }

    /// Forgets a broken connection, unless another caller has replaced it already.
    async fn forget(&self, broken: &Arc<Session>) {
        let mut slot = self.session.lock().await;
        if slot.as_ref().is_some_and(|session| Arc::ptr_eq(session, broken)) {
            *slot = None;
        }
    }
}

#[async_trait]
impl Transport for SshClient {
    async fn run(&self, target: &Target, script: &Script) -> Result<Output, SshError> {
        let link = self.link(target).await;
        let _permit = link.sessions.acquire().await.ok();
        let (mut session, reused) = link.session(target).await?;
        // A kept connection may have died unnoticed; nothing has been sent yet, so another one can be made.
        if reused && session.check().await.is_err() {
            link.forget(&session).await;
            session = link.session(target).await?.0;
        }
        let work = exchange(target, &session, script);
        let answer = match tokio::time::timeout(script.timeout, work).await {
            Ok(answer) => answer,
            Err(_) => Err(SshError::Timeout { node: target.node.to_string(), after_s: script.timeout.as_secs() }),
        };
        match answer {
            Ok(raw) => wire::unpack(target, raw, script.keep),
            Err(error) => {
                link.forget(&session).await;
                Err(error)
            }
        }
    }
}

async fn connect(target: &Target) -> Result<Session, SshError> {
    // ssh is given the address without a mark that options end before it.
    if !is_word(&target.address) {
        let (node, address, by_hand) = (target.node.to_string(), target.address.clone(), "ssh HOST".to_owned());
        return Err(SshError::Unreachable { node, address, by_hand, found: "that is no address".to_owned() });
    }
    let mut builder = SessionBuilder::default();
    builder
        .known_hosts_check(KnownHosts::Strict)
        .connect_timeout(CONNECT)
        .server_alive_interval(ALIVE)
        .control_directory(std::env::temp_dir());
    if let Some(idle) = NonZeroUsize::new(IDLE_S) {
        builder.control_persist(ControlPersist::IdleFor(idle));
    }
    if let Some(user) = &target.user {
        builder.user(user.clone());
    }
    if let Some(port) = target.port {
        builder.port(port);
    }
    if let Some(file) = &target.identity_file {
        builder.keyfile(file);
    }
    if let Some(file) = &target.known_hosts_file {
        builder.user_known_hosts_file(file);
    }
    if let Some(jump) = &target.proxy_jump {
        builder.jump_hosts([jump]);
    }
    let connected = match builder.connect_mux(&target.address).await {
        // Another version of the multiplexing protocol than the native client speaks.
        Err(openssh::Error::SshMux(_)) => builder.connect(&target.address).await,
        connected => connected,
    };
    connected.map_err(|error| match error {
        openssh::Error::Connect(said) if said.kind() == std::io::ErrorKind::NotFound => {
            SshError::Program { source: openssh::Error::Connect(said) }
        }
        openssh::Error::Connect(said) => refused(target, &said.to_string()),
        source => SshError::Program { source },
    })
}

/// As ssh said it, and what it does not say loudly: that the identity file is not there.
fn refused(target: &Target, said: &str) -> SshError {
    let mut error = SshError::connecting(target, said);
    let plain = |file: &&String| !file.starts_with('~') && !file.contains('%');
    if let SshError::Auth { found, .. } = &mut error
        && let Some(file) = target.identity_file.as_ref().filter(plain)
        && let Err(missing) = std::fs::metadata(file)
    {
        *found = format!("identity file {file}: {missing}; {found}");
    }
    error
}

async fn exchange(target: &Target, session: &Session, script: &Script) -> Result<Output, SshError> {
    let lost = |source: Option<openssh::Error>| SshError::Lost { node: target.node.to_string(), source };
    let broken = |source: std::io::Error| lost(Some(openssh::Error::ChildIo(source)));
    let mut command = session.raw_command("sh");
    command.raw_arg("-s").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().await.map_err(|source| lost(Some(source)))?;
    let (Some(mut stdin), Some(stdout), Some(stderr)) =
        (child.stdin().take(), child.stdout().take(), child.stderr().take())
    else {
        return Err(lost(None));
    };
    let payload = wire::payload(&script.text);
    let send = async move {
        // A shell that ends early closes its end: its answer says why, better than the broken pipe does.
        let _ = stdin.write_all(payload.as_bytes()).await;
        let _ = stdin.shutdown().await;
    };
    let keep = script.keep.saturating_add(wire::PRELUDE);
    let ((), stdout, stderr) = tokio::join!(send, read(stdout, keep), read(stderr, keep));
    let (stdout, stderr) = (stdout.map_err(broken)?, stderr.map_err(broken)?);
    let status = child.wait().await.map_err(|source| lost(Some(source)))?;
    match status.code() {
        Some(status) => Ok(Output { status, stdout, stderr }),
        None => Err(lost(None)),
    }
}

/// Reads to the end and keeps the beginning.
async fn read(mut from: impl AsyncRead + Unpin, keep: usize) -> std::io::Result<String> {
    let mut kept = Vec::new();
    let limit = u64::try_from(keep).unwrap_or(u64::MAX);
    (&mut from).take(limit).read_to_end(&mut kept).await?;
    tokio::io::copy(&mut from, &mut tokio::io::sink()).await?;
    Ok(String::from_utf8_lossy(&kept).into_owned())
}

#[cfg(test)]
mod tests {
    use upgrade_core::ids::NodeName;

    use super::*;

    #[tokio::test]
    async fn an_address_that_ssh_would_take_for_an_option_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let trace = directory.path().join("ran");
        let address = format!("-oProxyCommand=touch${{IFS}}{}", trace.display());
        let script = Script { text: "true".to_owned(), timeout: Duration::from_secs(5), keep: 10 };
        let error = SshClient::new().run(&Target::new(NodeName::new("w1"), address), &script).await.unwrap_err();
        assert!(matches!(error, SshError::Unreachable { .. }), "{error}");
        assert!(!error.hint().unwrap().contains("ProxyCommand") && !trace.exists());
    }
}
