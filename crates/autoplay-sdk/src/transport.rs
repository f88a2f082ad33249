//! HTTP. The only file that names the HTTP library, so that it can be replaced.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::{Duration, SystemTime};

use autoplay_protocol::subscriber::{ResponseHead, parse_retry_after};
use bytes::Bytes;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, DATE, HeaderMap, HeaderName,
    HeaderValue, LOCATION, RETRY_AFTER,
};
use url::Url;

use crate::address::{Address, without_secrets};
use crate::redirect::{self, MAX_REDIRECTS};
use crate::secret::Secret;
use crate::tls;

const USER_AGENT: &str = concat!("autoplay-sdk-rust/", env!("CARGO_PKG_VERSION"));

/// Probes on a silent connection: a router that forgot it is noticed without the server's help.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// How names become addresses. It may block.
pub(crate) type Lookup = fn(&str) -> io::Result<Vec<SocketAddr>>;

/// Opens the stream of one address.
#[derive(Debug)]
pub(crate) struct Transport {
    client: reqwest::Client,
    address: Address,
    authorization: Option<HeaderValue>,
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
}

/// The rest of an answer. Dropping it ends the connection.
#[derive(Debug)]
pub(crate) struct Body(reqwest::Response);

impl Transport {
    pub(crate) fn new(address: Address, token: Option<&Secret>, lookup: Lookup) -> io::Result<Self> {
        let client = builder(lookup)?
            // A connection carries one stream and is never used again: after a loss, a kept one may be as dead.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(io::Error::other)?;
        let authorization = token.map(bearer).transpose()?;
        Ok(Self { client, address, authorization })
    }

    /// The URL as it was given, without secrets.
    pub(crate) fn shown(&self) -> &str {
        self.address.shown()
    }

    /// Asks for the stream, following redirects. The error is a text without secrets.
    pub(crate) async fn open(&self, last_event_id: &str) -> Result<Answer, String> {
        let mut url = self.address.url().clone();
        let mut authorization = self.authorization.as_ref();
        for _ in 0..=MAX_REDIRECTS {
            let headers = stream_headers(authorization, last_event_id);
            let request = self.client.get(url.clone()).headers(headers);
            let response = request.send().await.map_err(described)?;
            let Some(next) = redirect::target(&url, response.status().as_u16(), text(&response, &LOCATION))
            else {
                let redirected = url != *self.address.url();
                let shown = if redirected { without_secrets(url.as_str()) } else { self.shown().to_owned() };
                return Ok(Answer::new(response, shown, self.token_use(authorization)));
            };
            // Once lost, the token stays lost: the way back was chosen by a stranger.
            authorization = authorization.filter(|_| redirect::keeps_token(&url, &next));
            url = next;
        }
        Err(format!("more than {MAX_REDIRECTS} redirects"))
    }

    /// `sent`: the header as it went out at last.
    fn token_use(&self, sent: Option<&HeaderValue>) -> TokenUse {
        match (&self.authorization, sent) {
            (None, _) => TokenUse::None,
            (Some(_), Some(_)) => TokenUse::Sent,
            (Some(_), None) => TokenUse::Withheld,
        }
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

fn builder(lookup: Lookup) -> io::Result<reqwest::ClientBuilder> {
    let tls = tls::config().map_err(io::Error::other)?;
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .dns_resolver(Names(lookup))
        .user_agent(USER_AGENT)
        // Redirects are followed by hand, and failures retried by the subscriber alone.
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .tcp_keepalive(KEEPALIVE)
        .tcp_keepalive_interval(KEEPALIVE))
}

fn bearer(token: &Secret) -> io::Result<HeaderValue> {
    let mut value =
        HeaderValue::from_bytes(format!("Bearer {}", token.reveal()).as_bytes()).map_err(io::Error::other)?;
    value.set_sensitive(true);
    Ok(value)
}

fn stream_headers(authorization: Option<&HeaderValue>, last_event_id: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
    // A compressor on the way may hold events back until its block is full; who insists is understood all the same.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Some(authorization) = authorization {
        headers.insert(AUTHORIZATION, authorization.clone());
    }
    if !last_event_id.is_empty() {
        // An id may hold control characters, a header may not. Then the stream begins live, as without an id.
        match HeaderValue::from_bytes(last_event_id.as_bytes()) {
            Ok(value) => _ = headers.insert("last-event-id", value),
            Err(_) => {
                tracing::warn!(
                    "the last event id can't be sent in a header: the place in the stream is lost"
                );
            }
        }
    }
    headers
}

fn text<'a>(response: &'a reqwest::Response, name: &HeaderName) -> Option<&'a str> {
    // A location may hold UTF-8, which servers write unescaped now and then.
    str::from_utf8(response.headers().get(name)?.as_bytes()).ok()
}

/// The error and its causes in one line, without the URL.
fn described(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = String::new();
    let mut next: Option<&dyn std::error::Error> = Some(&error);
    while let Some(cause) = next {
        next = cause.source();
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
    text
}

struct Names(Lookup);

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = self.0;
        Box::pin(async move {
            // The system's look-up can't be interrupted: it blocks a thread that is left behind when nobody waits.
            let addresses = tokio::task::spawn_blocking(move || lookup(name.as_str())).await??;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The system's own way; the port is filled in later.
pub(crate) fn system_lookup(name: &str) -> io::Result<Vec<SocketAddr>> {
    Ok((name, 0).to_socket_addrs()?.collect())
}

/// The client of [`http`](crate::http), which keeps connections for the next request.
#[derive(Debug, Clone)]
pub(crate) struct UnaryTransport(reqwest::Client);

impl UnaryTransport {
    pub(crate) fn new() -> io::Result<Self> {
        builder(system_lookup)?.build().map(Self).map_err(io::Error::other)
    }

    /// Sends a request and gives the status, the headers and a body that has not been read.
    pub(crate) async fn send(&self, request: Prepared) -> Result<(u16, Vec<(String, String)>, Body), String> {
        let response = self.0.execute(request.0).await.map_err(described)?;
        let headers = response.headers().iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.as_str().to_owned(), value.into_owned())
        });
        Ok((response.status().as_u16(), headers.collect(), Body(response)))
    }
}

/// A request that can be sent.
#[derive(Debug)]
pub(crate) struct Prepared(reqwest::Request);

impl Prepared {
    /// The error names the argument that is wrong.
    pub(crate) fn new(
        method: &str,
        url: Url,
        headers: &[(String, String)],
        body: Bytes,
    ) -> Result<Self, String> {
        let method = method.parse().map_err(|_| format!("method: {method:?} is none"))?;
        let mut request = reqwest::Request::new(method, url);
        for (name, value) in headers {
            let parsed = name.parse::<HeaderName>();
            let name = parsed.map_err(|_| format!("headers: {name:?} is no name of a header"))?;
            // The value may be a secret: it is neither shown nor logged.
            let parsed = HeaderValue::from_bytes(value.as_bytes());
            let mut value = parsed.map_err(|_| format!("headers: the value of {name} can't be sent"))?;
            value.set_sensitive(true);
            request.headers_mut().append(name, value);
        }
        *request.body_mut() = Some(body.into());
        Ok(Self(request))
    }
}
