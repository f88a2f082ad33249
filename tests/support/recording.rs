//! What real browsers sent.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

pub(crate) const PROJECT_KEYS: [&str; 4] = [
    "phc_taskboat_demo_cloud",
    "phc_taskboat_demo_old",
    "phc_taskboat_demo_base64",
    "phc_taskboat_demo_plain",
];

/// A recorded request.
pub(crate) struct Recorded {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// All requests, in the order in which they arrived.
pub(crate) fn requests() -> Vec<Recorded> {
    lines("requests.jsonl").iter().map(recorded).collect()
}

/// The bodies that PostHog's webhook destination would send for the same events, in the same order.
pub(crate) fn webhooks() -> Vec<String> {
    lines("webhooks.jsonl").iter().map(|line| line["body"].as_str().expect("a body").to_owned()).collect()
}

/// The events decoded from the requests, as the library captured them.
pub(crate) fn events() -> Vec<Value> {
    lines("events.jsonl")
}

fn lines(file: &str) -> Vec<Value> {
    let path = format!("{}/../../data/posthog-capture/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

fn recorded(line: &Value) -> Recorded {
    let text = |name: &str| line[name].as_str().expect(name).to_owned();
    let target =
        if text("query").is_empty() { text("path") } else { format!("{}?{}", text("path"), text("query")) };
    let headers = line["headers"].as_object().expect("headers").iter();
    Recorded {
        method: text("method"),
        target,
        headers: headers
            .filter(|(name, _)| !["host", "content-length"].contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.as_str().expect("a header").to_owned()))
            .collect(),
        body: BASE64_STANDARD.decode(text("body_base64")).expect("base64"),
    }
}
