//! What a stream is to be started with.

use std::collections::HashMap;
use std::time::Duration;

use autoplay_sdk::raw::Endpoint;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use url::Url;

/// The pause that stands for `initialDelayMs: 0`, which the client refuses: it would be a hot loop.
const SHORTEST_DELAY: Duration = Duration::from_millis(1);

/// The longest pause between attempts, unless the first is to be longer.
const LONGEST_DELAY: Duration = Duration::from_secs(30);

/// The body of `POST /`. Absent, null and empty are the same; members that are not known are passed over.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Parameters {
    stream_url: String,
    /// Callback N goes to this URL with `/N` behind its path.
    #[serde(deserialize_with = "web_url")]
    pub(crate) callback_url: Url,
    /// The name of the test, for the log.
    #[serde(default)]
    pub(crate) tag: Option<String>,
    initial_delay_ms: Option<u64>,
    read_timeout_ms: Option<u64>,
    last_event_id: Option<String>,
    headers: Option<HashMap<String, String>>,
    method: Option<String>,
    body: Option<String>,
}

impl Parameters {
    /// The error says what is wrong.
    pub(crate) fn read(json: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(json).map_err(|error| error.to_string())
    }

    /// The endpoint to subscribe to, which checks the rest.
    pub(crate) fn endpoint(&self) -> Endpoint {
        let mut endpoint = Endpoint::new(&self.stream_url);
        if let Some(millis) = self.initial_delay_ms {
            let delay = Duration::from_millis(millis).max(SHORTEST_DELAY);
            endpoint = endpoint.initial_backoff(delay).max_backoff(delay.max(LONGEST_DELAY));
        }
        if let Some(millis) = self.read_timeout_ms {
            endpoint = endpoint.read_timeout(Duration::from_millis(millis));
        }
        if let Some(id) = &self.last_event_id {
            endpoint = endpoint.last_event_id(id);
        }
        for (name, value) in self.headers.iter().flatten() {
            endpoint = endpoint.header(name, value);
        }
        if let Some(method) = self.method.as_ref().filter(|method| !method.is_empty()) {
            endpoint = endpoint.method(method);
        }
        if let Some(body) = &self.body {
            endpoint = endpoint.body(body.clone());
        }
        endpoint
    }
}

/// The one URL that the client does not check itself.
fn web_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    Url::parse(&text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or_else(|| D::Error::custom("callbackUrl must be a URL with http or https"))
}
