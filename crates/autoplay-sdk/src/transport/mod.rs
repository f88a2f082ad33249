//! HTTP. The only module that names the HTTP library, so that it can be replaced.

mod request;
mod unary;

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::thread;
use std::time::{Duration, SystemTime};

use autoplay_protocol::subscriber::{ResponseHead, parse_retry_after};
use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderName, LOCATION, RETRY_AFTER};
use tokio::sync::oneshot;

use crate::address::without_secrets;
use crate::network::{self, Network};
use crate::redirect::{self, MAX_REDIRECTS};
use crate::tls;

pub(crate) use request::StreamRequest;
pub(crate) use unary::{Prepared, UnaryTransport};

const USER_AGENT: &str = concat!("autoplay-sdk-rust/", env!("CARGO_PKG_VERSION"));

/// Probes on a silent connection: a router that forgot it is noticed without the server's help.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// What a server may send over HTTP/2 before any of it is read, per stream.
const STREAM_WINDOW: u32 = 512 * 1024;

/// The library charges up to 256 bytes for each small frame that waits to be read, allows half of this window for that,
/// and takes more for an attack. An event is a small frame, and a client without room leaves them unread, so whatever
/// fits into a stream's window has to be allowed, were it in frames of one byte.
const CONNECTION_WINDOW: u32 = 2 * 256 * STREAM_WINDOW;

/// How names become addresses. It may block.
pub(crate) type Lookup = fn(&str) -> io::Result<Vec<SocketAddr>>;

/// Opens one stream, again and again.
#[derive(Debug)]
pub(crate) struct Transport {
    client: reqwest::Client,
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
        let client = builder(network, lookup)?
            // It divides this among the addresses of a name, so that one that never answers leaves time for the next. A
            // little more than there is: who gives up, and says why, is the caller.
            .connect_timeout(patience.saturating_add(patience / 8))
            // A connection carries one stream and is never used again: after a loss, a kept one may be as dead.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(io::Error::other)?;
        Ok(Self { client, request })
    }

    /// The URL as it was given, without secrets.
    pub(crate) fn shown(&self) -> &str {
        self.request.shown()
    }

    /// Asks for the stream, following redirects. The error is a text without secrets.
    pub(crate) async fn open(&self, last_event_id: &str) -> Result<Answer, String> {
        let mut hop = self.request.first_hop();
        for redirects in 0..=MAX_REDIRECTS {
            let request = self.client.request(hop.method.clone(), hop.url.clone());
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

fn builder(network: &Network, lookup: Lookup) -> io::Result<reqwest::ClientBuilder> {
    let tls = tls::config(&network.roots).map_err(io::Error::other)?;
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .dns_resolver(Names(lookup))
        .user_agent(USER_AGENT)
        // Redirects are followed by hand, and failures retried by the subscriber alone.
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        .tcp_keepalive(KEEPALIVE)
        .tcp_keepalive_interval(KEEPALIVE);
    let Some(proxy) = &network.proxy else {
        return Ok(if network::no_proxy_at_all() { builder.no_proxy() } else { builder });
    };
    // Given one, the library no longer looks at the environment.
    let proxy = reqwest::Proxy::all(proxy.reveal().clone()).map_err(io::Error::other)?;
    Ok(builder.proxy(proxy))
}

/// What is packed in a way that the library can't unpack would be taken for a stream of garbage. Of what it can, it has
/// removed the header.
fn check_encoding(response: &reqwest::Response) -> Result<(), String> {
    let Some(encoding) = response.headers().get(CONTENT_ENCODING) else {
        return Ok(());
    };
    if response.status() != StatusCode::OK || encoding.as_bytes().eq_ignore_ascii_case(b"identity") {
        return Ok(());
    }
    Err("the answer is compressed in a way that was not asked for and can't be read; it must be gzip or nothing"
        .to_owned())
}

fn text<'a>(response: &'a reqwest::Response, name: &HeaderName) -> Option<&'a str> {
    // A location may hold UTF-8, which servers write unescaped now and then.
    str::from_utf8(response.headers().get(name)?.as_bytes()).ok()
}

/// The error and its causes in one line, without the URL.
fn described(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = String::new();
    let mut advice = None;
    let mut next: Option<&dyn std::error::Error> = Some(&error);
    while let Some(cause) = next {
        next = cause.source();
        advice = advice.or_else(|| tls::advice(cause));
        let said = cause.to_string();
        // The outer layers only say that something went wrong further in.
        let says_nothing = said == "error sending request" || said.starts_with("client error (");
        if (says_nothing && next.is_some()) || text.ends_with(&said) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&said);
    }
    match advice {
        Some(advice) => format!("{text} ({advice})"),
        None => text,
    }
}

struct Names(Lookup);

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = self.0;
        Box::pin(async move {
            // The system's look-up can't be interrupted. On a thread of its own it is left behind when nobody waits; the
            // end of a runtime would wait for it if it were a blocking task.
            let (answer, answered) = oneshot::channel();
            thread::Builder::new()
                .name("autoplay-lookup".to_owned())
                .spawn(move || _ = answer.send(lookup(name.as_str())))?;
            Ok(Box::new(answered.await??.into_iter()) as Addrs)
        })
    }
}

/// The system's own way; the port is filled in later.
pub(crate) fn system_lookup(name: &str) -> io::Result<Vec<SocketAddr>> {
    Ok((name, 0).to_socket_addrs()?.collect())
}
