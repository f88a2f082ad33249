//! What a server is asked for, and which of it goes along to where a redirect leads.

use std::{fmt, io};

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LANGUAGE,
    CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
};
use url::Url;

use super::TokenUse;
use crate::Error;
use crate::address::Address;
use crate::redirect;
use crate::secret::Secret;

/// Headers that frame the message: they are the HTTP library's, and a second opinion breaks the connection.
const FRAMING: [&str; 7] =
    ["connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

/// What describes a body, and goes when the body does.
const ABOUT_THE_BODY: [HeaderName; 5] =
    [CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_TYPE];

/// A request for a stream, to be sent again with each attempt.
#[derive(Clone)]
pub(crate) struct StreamRequest {
    address: Address,
    method: Method,
    /// What may be secret and is therefore sent to no other origin: the token, or all that a caller has given.
    private: HeaderMap,
    body: Bytes,
    /// Whether the headers are a caller's own, so that nobody here knows if there is a key among them.
    own: bool,
}

/// One request of an attempt: at first to the address, then to where redirects lead.
pub(super) struct Hop<'a> {
    request: &'a StreamRequest,
    pub(super) url: Url,
    pub(super) method: Method,
    at_home: bool,
    with_body: bool,
}

impl StreamRequest {
    /// A subscription to a connector's stream.
    pub(crate) fn subscription(address: Address, token: Option<&Secret>) -> io::Result<Self> {
        let mut private = HeaderMap::new();
        if let Some(token) = token {
            private.insert(AUTHORIZATION, bearer(token)?);
        }
        Ok(Self { address, method: Method::GET, private, body: Bytes::new(), own: false })
    }

    /// Whatever a caller wants to ask. The error names the argument that is wrong.
    pub(crate) fn custom(
        address: Address,
        method: &str,
        headers: &[(String, String)],
        body: Bytes,
    ) -> Result<Self, Error> {
        let parsed = normalized(method).parse().ok().filter(|method| *method != Method::CONNECT);
        let Some(method) = parsed else {
            let problem =
                format!("{method:?} is no method that can ask for a stream; give GET, POST or the like");
            return Err(Error::config("method", problem));
        };
        let private = header_map(headers).map_err(|problem| Error::config("headers", problem))?;
        if let Some(name) = private.keys().find(|name| FRAMING.contains(&name.as_str())) {
            let problem =
                format!("{name} is set by the client itself, as the body and the connection need it");
            return Err(Error::config("headers", problem));
        }
        Ok(Self { address, method, private, body, own: true })
    }

    pub(super) fn shown(&self) -> &str {
        self.address.shown()
    }

    pub(super) fn first_hop(&self) -> Hop<'_> {
        let url = self.address.url().clone();
        Hop { request: self, url, method: self.method.clone(), at_home: true, with_body: true }
    }
}

/// Without the body, which may be secret as the headers are. Those hide their values themselves.
impl fmt::Debug for StreamRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamRequest")
            .field("method", &self.method)
            .field("url", &self.address)
            .field("headers", &self.private)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

impl Hop<'_> {
    /// Goes where an answer of this status leads. What was withheld once stays withheld: the way back was chosen by a
    /// stranger.
    pub(super) fn follow(&mut self, status: u16, to: Url) {
        if redirect::becomes_get(status, self.method.as_str()) {
            self.method = Method::GET;
            self.with_body = false;
        }
        self.at_home = self.at_home && redirect::same_origin(&self.url, &to);
        self.url = to;
    }

    pub(super) fn body(&self) -> Bytes {
        if self.with_body { self.request.body.clone() } else { Bytes::new() }
    }

    pub(super) fn headers(&self, last_event_id: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        // A compressor on the way may hold events back until its block is full; who insists is understood all the same.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        self.add_private(&mut headers);
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

    /// What a caller has given stands in place of what is sent by itself.
    fn add_private(&self, headers: &mut HeaderMap) {
        let private = &self.request.private;
        for name in private.keys() {
            let about_the_body = ABOUT_THE_BODY.contains(name);
            if about_the_body && !self.with_body || !about_the_body && !self.at_home {
                continue;
            }
            headers.remove(name);
            for value in private.get_all(name) {
                headers.append(name, value.clone());
            }
        }
    }

    pub(super) fn token_use(&self) -> TokenUse {
        match (self.request.private.is_empty(), self.at_home) {
            (false, false) => TokenUse::Withheld,
            _ if self.request.own => TokenUse::Unknown,
            (true, _) => TokenUse::None,
            (false, true) => TokenUse::Sent,
        }
    }
}

fn bearer(token: &Secret) -> io::Result<HeaderValue> {
    let mut value =
        HeaderValue::from_bytes(format!("Bearer {}", token.reveal()).as_bytes()).map_err(io::Error::other)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Methods are case-sensitive, which surprises: those that everybody knows may be written in any case, as in browsers
/// (WHATWG Fetch, section 2.2.1, "normalize").
fn normalized(method: &str) -> String {
    let upper = method.to_ascii_uppercase();
    match upper.as_str() {
        "DELETE" | "GET" | "HEAD" | "OPTIONS" | "POST" | "PUT" => upper,
        _ => method.to_owned(),
    }
}

/// The error says what is wrong. A value may be a secret: it is neither shown nor logged.
pub(super) fn header_map(headers: &[(String, String)]) -> Result<HeaderMap, String> {
    let mut map = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let parsed = name.parse::<HeaderName>();
        let name = parsed.map_err(|_| format!("{name:?} is no name of a header"))?;
        let parsed = HeaderValue::from_bytes(value.as_bytes());
        let mut value = parsed.map_err(|_| format!("the value of {name} can't be sent"))?;
        value.set_sensitive(true);
        map.append(name, value);
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn custom(headers: &[(&str, &str)], body: &'static str) -> StreamRequest {
        let address = Address::parse("https://a.example/s?token=hunter2").unwrap();
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let headers: Vec<_> = headers.iter().map(owned).collect();
        StreamRequest::custom(address, "POST", &headers, Bytes::from_static(body.as_bytes())).unwrap()
    }

    #[test]
    fn debug_shows_no_secret() {
        let request = custom(&[("x-key", "hunter2"), ("cookie", "a=hunter2")], "hunter2");
        let shown = format!("{request:?}");
        assert!(shown.contains("x-key") && !shown.contains("hunter2"), "{shown}");
        let address = Address::parse("https://a.example/s").unwrap();
        let request = StreamRequest::subscription(address, Some(&Secret::new("hunter2".to_owned()))).unwrap();
        let shown = format!("{request:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn what_was_withheld_or_left_out_once_stays_so() {
        let request = custom(&[("x-key", "k"), ("content-type", "text/plain")], "ask");
        let mut hop = request.first_hop();
        let has = |hop: &Hop<'_>, name: &str| hop.headers("").contains_key(name);
        assert!(has(&hop, "x-key") && has(&hop, "content-type") && hop.token_use() == TokenUse::Unknown);
        for (status, to, key, body) in [
            (307, "https://a.example/2", true, true),
            (308, "https://b.example/", false, true),
            (303, "https://b.example/2", false, false),
            (307, "https://a.example/s", false, false),
        ] {
            hop.follow(status, Url::parse(to).unwrap());
            assert_eq!((has(&hop, "x-key"), has(&hop, "content-type")), (key, body), "{to}");
            assert_eq!((hop.body().is_empty(), hop.token_use() == TokenUse::Withheld), (!body, !key), "{to}");
            assert_eq!(hop.method == Method::POST, body, "{to}");
        }
    }
}
