//! A subscriber on a bare socket.

use std::collections::VecDeque;
use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use autoplay_protocol::sse::{Decoder, Item};
use serde_json::Value;

use super::http::{self, Answer};
use super::{LIMIT, Product};

/// A stream that was answered with 200.
pub(crate) struct Stream {
    socket: TcpStream,
    pub(crate) headers: Vec<(String, String)>,
    chunked: Dechunker,
    decoder: Decoder,
    ready: VecDeque<Event>,
    pub(crate) retries: Vec<Duration>,
    ended: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) data: String,
    pub(crate) id: String,
}

impl Event {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_else(|error| panic!("{error}: {}", self.data))
    }
}

/// Subscribes to a product; the answer itself where it is not 200.
pub(crate) fn subscribe(
    address: SocketAddr,
    product: &Product,
    query: &str,
    headers: &[(&str, &str)],
) -> Result<Stream, Answer> {
    let authorization = format!("Bearer {}", product.key);
    let mut all = vec![("Authorization", authorization.as_str()), ("Accept", "text/event-stream")];
    all.extend_from_slice(headers);
    open(address, &format!("/stream/{}{query}", product.id), &all)
}

pub(crate) fn open(address: SocketAddr, target: &str, headers: &[(&str, &str)]) -> Result<Stream, Answer> {
    use std::io::Write;
    let mut socket = http::connect(address).expect("a connection");
    socket.write_all(&http::head(address, "GET", target, headers, None)).expect("the request is sent");
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = http::find(&bytes, b"\r\n\r\n") {
            break end;
        }
        let mut byte = [0; 1];
        assert_eq!(socket.read(&mut byte).expect("the head arrives"), 1, "the head is complete");
        bytes.push(byte[0]);
    };
    let (status, headers) = http::parse_head(&bytes[..end]);
    if status != 200 {
        let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().expect("a length"))];
        socket.read_exact(&mut body).expect("the body arrives");
        return Err(Answer { status, headers, body });
    }
    Ok(Stream {
        socket,
        headers,
        chunked: Dechunker::default(),
        decoder: Decoder::new(),
        ready: VecDeque::new(),
        retries: Vec::new(),
        ended: false,
    })
}

impl Stream {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The next event, heartbeats included; `None` at the end of the stream.
    pub(crate) fn next(&mut self) -> Option<Event> {
        let deadline = Instant::now() + LIMIT;
        while self.ready.is_empty() && !self.ended {
            assert!(Instant::now() < deadline, "no event within {LIMIT:?}");
            let mut chunk = [0; 16 << 10];
            match self.socket.read(&mut chunk) {
                Ok(0) | Err(_) => self.ended = true,
                Ok(count) => self.take(&chunk[..count]),
            }
        }
        self.ready.pop_front()
    }

    /// The next event that is not a heartbeat.
    pub(crate) fn next_event(&mut self) -> Option<Event> {
        loop {
            let event = self.next()?;
            if event.name != "heartbeat" {
                return Some(event);
            }
        }
    }

    /// So many events that are not heartbeats.
    pub(crate) fn take_events(&mut self, count: usize) -> Vec<Event> {
        (0..count).map(|_| self.next_event().expect("the stream goes on")).collect()
    }

    fn take(&mut self, bytes: &[u8]) {
        let plain = self.chunked.feed(bytes);
        let mut items = self.decoder.feed(&plain);
        while let Some(item) = items.next() {
            match item {
                Item::Event(event) => self.ready.push_back(Event {
                    name: event.event.to_owned(),
                    data: event.data.to_owned(),
                    id: event.id.to_owned(),
                }),
                Item::Retry(delay) => self.retries.push(delay),
                _ => {}
            }
        }
    }
}

/// Takes the chunked encoding off.
#[derive(Debug, Default)]
struct Dechunker {
    buffer: Vec<u8>,
}

impl Dechunker {
    fn feed(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.buffer.extend_from_slice(bytes);
        let mut plain = Vec::new();
        while let Some(end) = http::find(&self.buffer, b"\r\n") {
            let size = std::str::from_utf8(&self.buffer[..end]).expect("a chunk's size");
            let size = usize::from_str_radix(size, 16).expect("a chunk's size");
            let (start, next) = (end + 2, end + 2 + size + 2);
            if self.buffer.len() < next {
                break;
            }
            plain.extend_from_slice(&self.buffer[start..start + size]);
            self.buffer.drain(..next);
        }
        plain
    }
}
