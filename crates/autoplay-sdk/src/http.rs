//! Single requests over the same HTTP: for registering a product, sending events, asking for health.
//!
//! Redirects are not followed: the answer is handed out as it is, so no header can leave for another origin.
//!
//! ```no_run
//! use autoplay_sdk::http::Request;
//!
//! let answer = Request::new("POST", "http://127.0.0.1:8080/products")
//!     .header("X-Admin-Key", "...")
//!     .header("Content-Type", "application/json")
//!     .body(r#"{"product_id":"shop","contact_email":"owner@example.com"}"#)
//!     .send()?;
//! assert_eq!(answer.status, 201);
//! # Ok::<(), autoplay_sdk::http::HttpError>(())
//! ```

use std::fmt;
use std::time::Duration;

pub use bytes::Bytes;
use bytes::BytesMut;

use crate::address::Address;
use crate::transport::{Body, Prepared, UnaryTransport};

/// A request to be sent.
#[derive(Clone)]
pub struct Request {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Bytes,
    timeout: Duration,
    max_response_bytes: usize,
}

/// An answer, whatever its status.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers in their order, the names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The method, the URL or a header can't be sent; nothing was.
    #[error("{0}")]
    Argument(String),
    /// No whole answer within the request's time-out (30 s unless set).
    #[error("no answer from {url} within {timeout:?}")]
    Timeout {
        /// The URL, without secrets.
        url: String,
        /// The time-out.
        timeout: Duration,
    },
    /// The body is larger than `max_response_bytes` (16 MiB unless set).
    #[error("the answer of {url} is larger than {limit} bytes")]
    TooLarge {
        /// The URL, without secrets.
        url: String,
        /// The limit.
        limit: usize,
    },
    /// The operating system refused what it takes to send at all.
    #[error("the HTTP client could not be set up: {0}")]
    System(String),
    /// The request could not be sent or the answer not be read.
    #[error("{url}: {reason}")]
    Transport {
        /// The URL, without secrets.
        url: String,
        /// What went wrong.
        reason: String,
    },
}

/// Sends requests, and keeps connections for the next one. Cheap to clone. It runs on the caller's tokio.
#[derive(Debug, Clone)]
pub struct HttpClient(UnaryTransport);

impl HttpClient {
    /// A client without connections yet.
    pub fn new() -> Result<Self, HttpError> {
        UnaryTransport::new().map(Self).map_err(|error| HttpError::System(error.to_string()))
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let address = Address::parse(&request.url).map_err(|error| HttpError::Argument(error.to_string()))?;
        let Request { timeout, max_response_bytes: limit, .. } = request;
        let prepared = Prepared::new(&request.method, address.url().clone(), &request.headers, request.body);
        let prepared = prepared.map_err(HttpError::Argument)?;
        let url = || address.shown().to_owned();
        let exchange = async {
            let (status, headers, body) = self.0.send(prepared).await?;
            let whole = read(body, limit).await?;
            Ok(whole.map(|body| Response { status, headers, body }))
        };
        match tokio::time::timeout(timeout, exchange).await {
            Ok(Ok(Some(response))) => Ok(response),
            Ok(Ok(None)) => Err(HttpError::TooLarge { url: url(), limit }),
            Ok(Err(reason)) => Err(HttpError::Transport { url: url(), reason }),
            Err(_) => Err(HttpError::Timeout { url: url(), timeout }),
        }
    }
}

/// The whole body, unless it is over the limit.
async fn read(mut body: Body, limit: usize) -> Result<Option<Bytes>, String> {
    let mut whole = BytesMut::new();
    while let Some(chunk) = body.chunk().await? {
        if chunk.len() > limit - whole.len() {
            return Ok(None);
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(Some(whole.freeze()))
}

impl Request {
    /// A request without headers and body; 30 s are given to it, and 16 MiB to its answer.
    #[must_use]
    pub fn new(method: &str, url: &str) -> Self {
        Self {
            method: method.to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: Bytes::new(),
            timeout: Duration::from_secs(30),
            max_response_bytes: 16 * 1024 * 1024,
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The time from sending to the last byte of the answer.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The largest body that is read.
    #[must_use]
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// Sends this one request and blocks until the answer is there. For more than one, and in async code, there is
    /// [`HttpClient`].
    pub fn send(self) -> Result<Response, HttpError> {
        // A thread of its own, since a runtime can't be entered on a thread that is inside another one.
        std::thread::spawn(move || self.send_here())
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    fn send_here(self) -> Result<Response, HttpError> {
        let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = built.map_err(|error| HttpError::System(error.to_string()))?;
        runtime.block_on(async { HttpClient::new()?.send(self).await })
    }
}

impl Response {
    /// The first header of this name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Without the values of headers, and without the body: both may be secret.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &crate::address::without_secrets(&self.url))
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

/// The same: the answer to a registration holds the new keys.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}
