//! HTTP. The only module that names the HTTP library, so that it can be replaced.

mod failure;
mod request;
mod unary;
mod ways;

use std::io;
use std::time::{Duration, SystemTime};

use autoplay_protocol::subscriber::{ResponseHead, parse_retry_after};
use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderName, LOCATION, RETRY_AFTER};

use crate::address::without_secrets;
use crate::network::Network;
use crate::redirect::{self, MAX_REDIRECTS};

use failure::described;
pub(crate) use request::StreamRequest;
pub(crate) use unary::{Prepared, UnaryTransport};
use ways::Ways;
pub(crate) use ways::{Lookup, system_lookup};

/// Opens one stream, again and again.
#[derive(Debug)]
pub(crate) struct Transport {
    ways: Ways,
    request: StreamRequest,
}

/// An answer whose head has come.
#[derive(Debug)]
pub(crate) struct Answer {
    status: u16,
    content_type: Option<String>,
    retry_after: Option<Duration>,
    /// The URL that answered, without secrets.
    pub(crate) url: String,
    pub(crate) token: TokenUse,
    pub(crate) body: Body,
}

/// What became of the token in the request that was answered last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenUse {
    /// There is none.
    None,
    Sent,
    /// A redirect led to another origin, which it was not sent to.
    Withheld,
    /// The headers are the caller's own; whether there is a key among them is for the caller to know.
    Unknown,
}

/// The rest of an answer. Dropping it ends the connection.
#[derive(Debug)]
pub(crate) struct Body(reqwest::Response);

impl Transport {
    /// The caller gives an attempt up after `patience`.
    pub(crate) fn new(
        request: StreamRequest,
        network: &Network,
        patience: Duration,
        lookup: Lookup,
    ) -> io::Result<Self> {
        let ways = Ways::new(network, lookup, |builder| {
            builder
                // It divides this among the addresses of a name, so that one that never answers leaves time for the
                // next. A little more than there is: who gives up, and says why, is the caller.
                .connect_timeout(patience.saturating_add(patience / 8))
                // A connection carries one stream and is never used again: after a loss, a kept one may be as dead.
                .pool_max_idle_per_host(0)
        })?;
        Ok(Self { ways, request })
    }

    /// The URL as it was given, without secrets.
    pub(crate) fn shown(&self) -> &str {
        self.request.shown()
    }

    /// Asks for the stream, following redirects. The error is a text without secrets.
    pub(crate) async fn open(&self, last_event_id: &str) -> Result<Answer, String> {
        let mut hop = self.request.first_hop();
        for redirects in 0..=MAX_REDIRECTS {
            let request = self.ways.to(&hop.url).request(hop.method.clone(), hop.url.clone());
            let request = request.headers(hop.headers(last_event_id));
            let body = hop.body();
            let request = if body.is_empty() { request } else { request.body(body) };
            let response = request.send().await.map_err(described)?;
            let status = response.status().as_u16();
            let Some(next) = redirect::target(&hop.url, status, text(&response, &LOCATION)) else {
                check_encoding(&response)?;
                let redirected = redirects > 0;
                let shown =
                    if redirected { without_secrets(hop.url.as_str()) } else { self.shown().to_owned() };
                return Ok(Answer::new(response, shown, hop.token_use()));
            };
            hop.follow(status, next);
        }
        Err(format!("more than {MAX_REDIRECTS} redirects"))
    }
}

impl Answer {
    fn new(response: reqwest::Response, url: String, token: TokenUse) -> Self {
        let retry_after = text(&response, &RETRY_AFTER)
            .and_then(|value| parse_retry_after(value, text(&response, &DATE), SystemTime::now()));
        Self {
            status: response.status().as_u16(),
            content_type: text(&response, &CONTENT_TYPE).map(str::to_owned),
            retry_after,
            url,
            token,
            body: Body(response),
        }
    }

    pub(crate) fn head(&self) -> ResponseHead<'_> {
        ResponseHead {
            status: self.status,
            content_type: self.content_type.as_deref(),
            retry_after: self.retry_after,
        }
    }
}

impl Body {
    /// The next bytes; `None` at the end. The error is a text without secrets.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, String> {
        self.0.chunk().await.map_err(described)
    }
}

/// What is packed in a way that the library can't unpack would be taken for a stream of garbage. Of what it can, it has
/// removed the header.
fn check_encoding(response: &reqwest::Response) -> Result<(), String> {
    let Some(encoding) = response.headers().get(CONTENT_ENCODING) else {
        return Ok(());
    };
    let is_none = encoding.is_empty() || encoding.as_bytes().eq_ignore_ascii_case(b"identity");
    if is_none || response.status() != StatusCode::OK {
        return Ok(());
    }
    Err("the answer is compressed in a way that was not asked for and can't be read; it must be gzip or nothing"
        .to_owned())
}

fn text<'a>(response: &'a reqwest::Response, name: &HeaderName) -> Option<&'a str> {
    // A location may hold UTF-8, which servers write unescaped now and then.
    str::from_utf8(response.headers().get(name)?.as_bytes()).ok()
}
