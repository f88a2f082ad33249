//! HTTP as far as it is needed to measure.

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;

use crate::payloads::Recording;

/// How a body is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// As it is, up to the end of the connection.
    Plain,
    /// In chunks of HTTP/1.1, one for each event, which is what most servers do.
    Chunked,
}

impl Framing {
    /// By its name on the command line.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Plain, Self::Chunked].into_iter().find(|framing| framing.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Chunked => "chunked",
        }
    }

    /// The head of the answer.
    pub fn head(self) -> &'static str {
        match self {
            Self::Plain => "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n",
            Self::Chunked => {
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
            }
        }
    }

    /// The bytes of a recording as they are sent.
    pub fn render(self, recording: &Recording) -> Vec<u8> {
        match self {
            Self::Plain => recording.body.to_vec(),
            Self::Chunked => self.render_each(recording).flatten().collect(),
        }
    }

    /// The same, each event on its own.
    pub fn render_each(self, recording: &Recording) -> impl Iterator<Item = Vec<u8>> {
        recording.events.iter().map(move |event| match self {
            Self::Plain => event.to_vec(),
            Self::Chunked => chunk(event),
        })
    }
}

/// One chunk of a body in chunks.
fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

/// Reads a request up to its end; that it is a GET is taken for granted.
pub fn read_request(connection: &TcpStream) -> io::Result<()> {
    let mut lines = BufReader::new(connection);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        if lines.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

/// Asks for the stream, and reads the head of the answer. What comes then is the body.
pub fn open(address: &str) -> io::Result<BufReader<TcpStream>> {
    let mut connection = TcpStream::connect(address)?;
    write!(
        connection,
        "GET /stream/taskboat HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n\r\n"
    )?;
    let mut reader = BufReader::with_capacity(256 * 1024, connection);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line)?;
    }
    Ok(reader)
}
