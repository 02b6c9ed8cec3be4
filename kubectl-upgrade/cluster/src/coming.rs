//! An answer that is on its way: its beginning can be read before its end is there.

use std::pin::Pin;

use futures::{AsyncBufRead, AsyncBufReadExt};
use http::Request;

use crate::api::{Api, Limit};
use crate::failure::Failure;

/// An answer of megabytes, copied once: into the buffer that was given for it. Dropping it drops the connection.
pub(crate) struct Coming {
    rest: Pin<Box<dyn AsyncBufRead + Send>>,
    here: Vec<u8>,
    limit: Limit,
}

impl Api {
    /// Sends, and waits until the answer begins.
    pub(crate) async fn open(&self, request: Request<Vec<u8>>, mut buffer: Vec<u8>) -> Result<Coming, Failure> {
        buffer.clear();
        let limit = self.limit();
        let rest = limit.keep(self.client().request_stream(request)).await?;
        Ok(Coming { rest: Box::pin(rest), here: buffer, limit })
    }
}

impl Coming {
    /// What is here of it.
    pub(crate) fn here(&self) -> &[u8] {
        &self.here
    }

    /// Waits for more of it; false at its end.
    pub(crate) async fn more(&mut self) -> Result<bool, Failure> {
        let Self { rest, here, limit } = self;
        let part = limit.keep(async { rest.fill_buf().await.map_err(kube::Error::ReadEvents) }).await?;
        let read = part.len();
        here.extend_from_slice(part);
        rest.consume_unpin(read);
        Ok(read > 0)
    }

    /// Waits for all of it.
    pub(crate) async fn whole(mut self) -> Result<Vec<u8>, Failure> {
        while self.more().await? {}
        Ok(self.here)
    }
}
