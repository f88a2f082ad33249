//! What a subscriber has to say besides events.

use std::fmt;
use std::time::Duration;

/// Why a request failed, or a connection ended, without ending the subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setback {
    /// The head of the answer did not come within `connect_timeout`.
    ConnectTimeout,
    /// Not a single byte came within `read_timeout`.
    ReadTimeout,
    /// The server ended the stream, as servers do for a restart.
    EndOfStream,
    /// A status that is neither a stream nor final.
    Status(u16),
    /// 200 with another content type: what a proxy's error page or a login page looks like.
    NotAStream {
        /// The beginning of the content type that came instead.
        content_type: Option<String>,
    },
    /// The network: name look-up, TCP, TLS, HTTP. The text is the transport's own.
    Transport(String),
}

impl fmt::Display for Setback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConnectTimeout => f.write_str("no answer within connect_timeout"),
            Self::ReadTimeout => f.write_str("the connection was silent for read_timeout"),
            Self::EndOfStream => f.write_str("the server ended the stream"),
            Self::Status(status) => write!(f, "the server answered with status {status}"),
            Self::NotAStream { content_type: Some(content_type) } => write!(
                f,
                "the answer is no event stream but {content_type}: the error page of a proxy, or no stream's url"
            ),
            Self::NotAStream { content_type: None } => {
                f.write_str("the answer has no content type: the error page of a proxy, or no stream's url")
            }
            Self::Transport(text) => f.write_str(text),
        }
    }
}

/// How a subscription ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// 204: the server has nothing for this subscriber and wants it to stay away. No error.
    NoContent,
    /// 401, 403 or 404: asking again would not help.
    Refused {
        /// The status.
        status: u16,
    },
    /// More requests in a row failed than `max_retries` allows.
    RetriesSpent {
        /// How many failed.
        failures: u32,
        /// What went wrong with the last of them.
        last: Setback,
    },
}

/// A change that the events do not show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The stream is open: a 200 of the right content type.
    Opened,
    /// A request failed or an open stream was lost.
    Lost {
        /// Whether the stream had been open.
        was_open: bool,
        /// What happened.
        setback: Setback,
        /// When the next attempt comes; `None` if there is none.
        retry_in: Option<Duration>,
    },
}
