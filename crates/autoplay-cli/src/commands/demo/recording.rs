//! What real browsers sent, as it is played again.

use std::time::Duration;

use anyhow::Context;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde_json::Value;

/// The project keys of the sites that were recorded.
pub(super) const PROJECT_KEYS: [&str; 4] = [
    "phc_taskboat_demo_cloud",
    "phc_taskboat_demo_old",
    "phc_taskboat_demo_base64",
    "phc_taskboat_demo_plain",
];

/// Part of the binary, so that the demo runs wherever the binary does.
const REQUESTS: &str = include_str!("../../../../../data/posthog-capture/requests.jsonl");

/// A request as the browser sent it.
#[derive(Debug)]
pub(super) struct Recorded {
    /// When, after the first request.
    pub(super) after: Duration,
    pub(super) method: String,
    /// Path and query.
    pub(super) target: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
}

/// All recorded requests, and when the first was received, in Unix milliseconds.
pub(super) fn read() -> anyhow::Result<(i64, Vec<Recorded>)> {
    let lines: Vec<Value> = REQUESTS.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let first = received_ms(lines.first().context("the recording is empty")?)?;
    let requests = lines.iter().map(|line| recorded(line, first)).collect::<anyhow::Result<_>>()?;
    Ok((first, requests))
}

fn recorded(line: &Value, first: i64) -> anyhow::Result<Recorded> {
    let text = |name: &str| line[name].as_str().with_context(|| format!("a recorded request has no {name}"));
    let after = received_ms(line)?.saturating_sub(first).max(0).cast_unsigned();
    let query = text("query")?;
    let target =
        if query.is_empty() { text("path")?.to_owned() } else { format!("{}?{query}", text("path")?) };
    Ok(Recorded {
        after: Duration::from_millis(after),
        method: text("method")?.to_owned(),
        target,
        headers: headers(line),
        body: BASE64_STANDARD.decode(text("body_base64")?)?.into(),
    })
}

/// What the connection itself sets is left out: the host and the length.
fn headers(line: &Value) -> Vec<(String, String)> {
    let headers = line["headers"].as_object().into_iter().flatten();
    headers
        .filter(|(name, _)| !["host", "content-length"].contains(&name.as_str()))
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect()
}

fn received_ms(line: &Value) -> anyhow::Result<i64> {
    let at: jiff::Timestamp =
        line["received_at"].as_str().context("a recorded request has no time")?.parse()?;
    Ok(at.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recording_is_whole_and_in_order() {
        let (first, requests) = read().expect("the recording is part of the binary");
        assert_eq!(first, 1_795_516_029_043);
        assert_eq!(requests.len(), 135);
        assert!(requests.is_sorted_by_key(|request| request.after));
    }
}
