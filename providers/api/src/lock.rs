//! The port that keeps a second run away from the same cluster.

use async_trait::async_trait;

use crate::error::PortError;

/// One run at a time per cluster.
#[async_trait]
pub trait Lock: Send + Sync {
    /// Takes the lock, or renews it when it is this run's. With `takeover`, a stale or foreign lock is taken over: the
    /// caller knows what it does.
    ///
    /// # Errors
    /// [`LockError::Taken`] when another run holds it.
    async fn acquire(&self, takeover: bool) -> Result<(), LockError>;

    /// Proves that the lock is still this run's and keeps it for another term. Must be called at least every
    /// [`Lock::renew_every_s`] seconds.
    ///
    /// # Errors
    /// [`LockError::Taken`] when it was taken over. `Port` errors leave it open.
    async fn renew(&self) -> Result<(), LockError>;

    /// Seconds between renewals.
    fn renew_every_s(&self) -> u64;

    /// Gives it back. One that is no longer this run's is left alone.
    ///
    /// # Errors
    /// When it could not be given back; it then runs out by itself.
    async fn release(&self) -> Result<(), LockError>;
}

/// Why a lock was not had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run holds it.
    #[error("another run holds the lock: {holder}, renewed {renewed_s_ago} s ago")]
    Taken {
        /// Who and which run.
        holder: String,
        /// Seconds since it was last renewed.
        renewed_s_ago: i64,
        /// Whether its term has run out, so that it may be taken over without danger of two runs.
        stale: bool,
    },
    /// The API could not be asked or refused.
    #[error("failed to ask for the lock")]
    Port(#[source] PortError),
}
