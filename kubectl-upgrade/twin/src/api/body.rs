//! The body of an answer: whole, or a stream of lines for as long as a watch lives.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::Stream;
use http_body::{Frame, SizeHint};

/// The body of an answer.
pub struct ApiBody(Inner);

enum Inner {
    Whole(Option<Bytes>),
    Lines(Pin<Box<dyn Stream<Item = Bytes> + Send>>),
}

impl ApiBody {
    pub(crate) fn whole(text: impl Into<Bytes>) -> Self {
        Self(Inner::Whole(Some(text.into()).filter(|text: &Bytes| !text.is_empty())))
    }

    pub(crate) fn lines(lines: impl Stream<Item = Bytes> + Send + 'static) -> Self {
        Self(Inner::Lines(Box::pin(lines)))
    }
}

impl http_body::Body for ApiBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match &mut self.0 {
            Inner::Whole(text) => Poll::Ready(text.take().map(|text| Ok(Frame::data(text)))),
            Inner::Lines(lines) => lines.as_mut().poll_next(context).map(|line| line.map(|line| Ok(Frame::data(line)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.0, Inner::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Inner::Whole(text) => SizeHint::with_exact(text.as_ref().map_or(0, |text| text.len() as u64)),
            Inner::Lines(_) => SizeHint::default(),
        }
    }
}
