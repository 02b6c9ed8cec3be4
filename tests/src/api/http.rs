//! As much of HTTP/1.1 as a client of the API speaks to the fixtures.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};

/// A request, decoded.
#[derive(Clone, Debug, Default)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: BTreeMap<String, String>,
    pub(super) accept: String,
    pub(super) body: Vec<u8>,
}

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
}

/// The next request; none when the client has closed the connection or sends something else than HTTP.
pub(super) fn read(stream: &mut impl BufRead) -> Option<Request> {
    let first = line(stream)?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request = Request { method, path: decoded(path), query: pairs(query), ..Request::default() };
    let mut length = 0;
    loop {
        let header = line(stream)?;
        let Some((name, value)) = header.split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "accept" => request.accept = value.trim().to_owned(),
            _ => {}
        }
    }
    request.body = vec![0; length];
    stream.read_exact(&mut request.body).ok()?;
    Some(request)
}

/// One line without its end; none at the end of the stream.
fn line(stream: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    let read = stream.by_ref().read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}

fn pairs(query: &str) -> BTreeMap<String, String> {
    let pair = |text: &str| text.split_once('=').map(|(key, value)| (decoded(key), decoded(&value.replace('+', " "))));
    query.split('&').filter_map(pair).collect()
}

/// With `%2F` and the like resolved.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Sends the answer and keeps the connection.
pub(super) fn write(mut stream: impl Write, response: &Response) -> std::io::Result<()> {
    let head = format!(
        "HTTP/1.1 {} Fixture\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
        response.status,
        response.content_type,
        response.body.len()
    );
    stream.write_all(&[head.as_bytes(), &response.body].concat())
}

#[cfg(test)]
mod tests {
    use super::{decoded, read};

    #[test]
    fn requests_are_read_one_after_the_other() {
        let mut stream: &[u8] =
            b"GET /api/v1/pods?labelSelector=a%3Db%2Cc&limit=500 HTTP/1.1\r\nAccept: application/json\r\n\r\n\
            POST /x HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}";
        let first = read(&mut stream).expect("a request");
        assert_eq!((first.method.as_str(), first.path.as_str()), ("GET", "/api/v1/pods"));
        assert_eq!(first.query["labelSelector"], "a=b,c");
        assert_eq!(first.accept, "application/json");
        assert_eq!(read(&mut stream).expect("a second request").body, b"{}");
        assert!(read(&mut stream).is_none());
    }

    #[test]
    fn a_percent_sign_without_digits_stays() {
        assert_eq!(decoded("100%/x%2fy%"), "100%/x/y%");
    }
}
