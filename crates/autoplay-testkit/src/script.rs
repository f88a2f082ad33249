//! What the server does on one connection.

use std::time::Duration;

use bytes::Bytes;

use crate::gate::Gate;
use crate::splits::{split_at, split_at_random};

/// How long to wait between two pieces, so that they are not read as one.
const BETWEEN_PIECES: Duration = Duration::from_micros(300);

/// The steps for one connection, in order. After the last one it is closed.
///
/// A script ends early when the client leaves, and when the server is dropped.
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub(crate) steps: Vec<Step>,
    /// How many bytes are sent at most.
    pub(crate) close_after: Option<usize>,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    ReadRequest,
    Send(Bytes),
    SendPieces { pieces: Vec<Bytes>, pause: Duration },
    SendForEver(Bytes),
    Stall(Duration),
    Mute,
    WaitFor(Gate),
    HalfClose,
    Reset,
}

impl Script {
    /// Nothing yet: the connection is closed at once. If a request is there by then, that is a reset: the kernel's
    /// way to say that something was left unread.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a request and begins a stream of events that ends when the connection does.
    #[must_use]
    pub fn sse() -> Self {
        Self::new().read_request().head(200, &[("Content-Type", "text/event-stream")])
    }

    /// The same in chunked encoding: to be gone on with by [`chunk`](Self::chunk) and
    /// [`last_chunk`](Self::last_chunk).
    #[must_use]
    pub fn sse_chunked() -> Self {
        let headers = [("Content-Type", "text/event-stream"), ("Transfer-Encoding", "chunked")];
        Self::new().read_request().head(200, &headers)
    }

    /// Reads a request and gives a whole answer of the right length.
    #[must_use]
    pub fn answer(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let length = body.as_ref().len().to_string();
        let headers = [headers, &[("Content-Length", &length)]].concat();
        Self::new().read_request().head(status, &headers).send(body)
    }

    /// Reads a request, and is silent until the client leaves.
    #[must_use]
    pub fn mute() -> Self {
        Self::new().read_request().stall_for_ever()
    }

    /// Waits for a whole request, and records it.
    #[must_use]
    pub fn read_request(self) -> Self {
        self.step(Step::ReadRequest)
    }

    /// Sends a status line and exactly these headers, true or not (`Content-Length`!).
    #[must_use]
    pub fn head(self, status: u16, headers: &[(&str, &str)]) -> Self {
        let mut head = format!("HTTP/1.1 {status} {}\r\n", reason(status));
        for (name, value) in headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str("\r\n");
        self.send(head)
    }

    /// Sends bytes at once.
    #[must_use]
    pub fn send(self, bytes: impl AsRef<[u8]>) -> Self {
        self.step(Step::Send(Bytes::copy_from_slice(bytes.as_ref())))
    }

    /// Sends bytes in pieces that end at the given offsets.
    #[must_use]
    pub fn send_split_at(self, bytes: impl AsRef<[u8]>, places: &[usize]) -> Self {
        self.pieces(split_at(bytes.as_ref(), places), BETWEEN_PIECES)
    }

    /// Sends bytes in small pieces that a seed decides.
    #[must_use]
    pub fn send_split(self, bytes: impl AsRef<[u8]>, seed: u64) -> Self {
        self.pieces(split_at_random(bytes.as_ref(), seed), BETWEEN_PIECES)
    }

    /// Sends byte by byte, with a pause after each.
    #[must_use]
    pub fn dribble(self, bytes: impl AsRef<[u8]>, pause: Duration) -> Self {
        self.pieces(bytes.as_ref().chunks(1).collect(), pause)
    }

    /// Sends one chunk of the chunked encoding.
    #[must_use]
    pub fn chunk(self, bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        let frame = [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
        self.send(frame)
    }

    /// Ends the chunked encoding.
    #[must_use]
    pub fn last_chunk(self) -> Self {
        self.send("0\r\n\r\n")
    }

    /// Sends the same bytes again and again until the client leaves. Without a line end in them: a line that
    /// never ends.
    #[must_use]
    pub fn send_for_ever(self, bytes: impl AsRef<[u8]>) -> Self {
        self.step(Step::SendForEver(Bytes::copy_from_slice(bytes.as_ref())))
    }

    /// Does nothing for a while.
    #[must_use]
    pub fn stall(self, time: Duration) -> Self {
        self.step(Step::Stall(time))
    }

    /// Does nothing until the client leaves.
    #[must_use]
    pub fn stall_for_ever(self) -> Self {
        self.step(Step::Mute)
    }

    /// Waits until the test opens the gate.
    #[must_use]
    pub fn wait_for(self, gate: &Gate) -> Self {
        self.step(Step::WaitFor(gate.clone()))
    }

    /// Says that nothing more is coming (FIN), and goes on listening.
    #[must_use]
    pub fn half_close(self) -> Self {
        self.step(Step::HalfClose)
    }

    /// Ends the connection with a reset (RST), which also destroys what the client has not read yet.
    #[must_use]
    pub fn reset(self) -> Self {
        self.step(Step::Reset)
    }

    /// Closes the connection when this many bytes have been sent on it, heads included, wherever that is.
    #[must_use]
    pub fn close_after(mut self, bytes: usize) -> Self {
        self.close_after = Some(bytes);
        self
    }

    fn pieces(self, pieces: Vec<&[u8]>, pause: Duration) -> Self {
        let pieces = pieces.into_iter().map(Bytes::copy_from_slice).collect();
        self.step(Step::SendPieces { pieces, pause })
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        103 => "Early Hints",
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Whatever",
    }
}
