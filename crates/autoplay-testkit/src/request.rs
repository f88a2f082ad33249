//! A request as it came over the wire.

use bytes::Bytes;

/// What a client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The number of the connection it came on, from 0.
    pub connection: usize,
    /// `GET`, as a rule.
    pub method: String,
    /// The request target as it was sent: path and query.
    pub path: String,
    /// The headers in their order; the names as they were sent.
    pub headers: Vec<(String, String)>,
    /// As many bytes as `Content-Length` said.
    pub body: Bytes,
}

impl Request {
    /// The first header of this name, in whatever case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Takes one request off the front of `buffer`; `None` while it is not complete.
    ///
    /// # Panics
    ///
    /// If what came is not HTTP/1: the test has to know.
    pub(crate) fn take(buffer: &mut Vec<u8>, connection: usize) -> Option<Self> {
        let head_end = buffer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
        let head = str::from_utf8(&buffer[..head_end - 4]).expect("the head of a request is text");
        let mut request = Self::parse(head, connection);
        let length = match request.header("content-length") {
            Some(length) => length.parse().expect("Content-Length is a number"),
            None => 0,
        };
        let body_end = head_end.checked_add(length).filter(|&end| end <= buffer.len())?;
        request.body = Bytes::copy_from_slice(&buffer[head_end..body_end]);
        buffer.drain(..body_end);
        Some(request)
    }

    fn parse(head: &str, connection: usize) -> Self {
        let mut lines = head.split("\r\n");
        let first = lines.next().unwrap_or_default();
        let [method, path, _version] = first.split(' ').collect::<Vec<_>>()[..] else {
            panic!("not the first line of a request: {first:?}");
        };
        let header = |line: &str| {
            let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("not a header: {line:?}"));
            (name.to_owned(), value.trim().to_owned())
        };
        Self {
            connection,
            method: method.to_owned(),
            path: path.to_owned(),
            headers: lines.map(header).collect(),
            body: Bytes::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Request;

    #[test]
    fn requests_are_taken_one_by_one_and_only_when_complete() {
        let bytes = b"POST /a?b=c HTTP/1.1\r\nContent-Length: 3\r\nX-Y:  z \r\n\r\nabcGET / HTTP/1.1\r\n\r\n";
        let mut buffer = Vec::new();
        let mut requests = Vec::new();
        for &byte in bytes {
            buffer.push(byte);
            requests.extend(Request::take(&mut buffer, 4));
        }
        assert!(buffer.is_empty());
        let [first, second] = &requests[..] else { panic!("{requests:?}") };
        assert_eq!((first.method.as_str(), first.path.as_str(), first.connection), ("POST", "/a?b=c", 4));
        assert_eq!((first.header("x-y"), &first.body[..]), (Some("z"), &b"abc"[..]));
        assert_eq!((second.method.as_str(), second.path.as_str(), second.body.len()), ("GET", "/", 0));
    }
}
