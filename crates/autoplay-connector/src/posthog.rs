//! What posthog-js sends, in all its forms.
//!
//! The body decides the form, never its headers or the query alone: current clients send gzip that nothing announces. A
//! body is unwrapped until JSON appears: gzip (`1f 8b`), a form with a field `data`, base64 (also in the URL alphabet, also
//! without padding). The JSON is one event, a list of events, or an envelope `{api_key, batch, sent_at}`.

use std::borrow::Cow;
use std::io::Read;

use autoplay_protocol::json::{JsonError, Value};
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::read::GzDecoder;

use crate::bounds;
use crate::browser_event::{Arrival, BrowserEvent, Unreadable, read, text};
use crate::percent;
use crate::timestamp;

/// How often a body is unwrapped: a form of base64 of gzip is the most that clients do.
const MOST_LAYERS: usize = 4;

/// So many events are taken at once. Browsers send a few dozen.
const MOST_EVENTS: usize = 100_000;

/// The bytes that gzip begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A request as decoded.
#[derive(Debug)]
pub struct Request {
    /// The project key (`phc_…`), if the body names one.
    pub project_key: Option<String>,
    /// The events in their order; one that cannot be read costs none of the others.
    pub events: Vec<Result<BrowserEvent, Unreadable>>,
}

/// Why nothing of a body could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The body, or what it unpacks to, is larger than the limit.
    #[error("the body unpacks to more than the limit for bodies allows")]
    TooLarge,
    /// It has more events, or more values, than are taken at once.
    #[error("the body has more events or values than are taken at once")]
    TooMany,
    /// There is no body.
    #[error("the body is empty")]
    Empty,
    /// It begins as gzip does, but does not unpack.
    #[error("the body begins like gzip but cannot be unpacked")]
    NotGzip,
    /// It is neither JSON, nor gzip, nor a form, nor base64 of one of these.
    #[error("the body is neither JSON nor gzip, a form or base64 of it")]
    UnknownForm,
    /// It looks like JSON but is none.
    #[error("the body is no JSON: {0}")]
    NotJson(#[from] JsonError),
    /// It is JSON, but neither an object nor a list.
    #[error("the body is JSON, but neither an event nor a list of events")]
    NoEvents,
}

impl DecodeError {
    /// A stable word for the metrics.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::TooMany => "too_many",
            Self::Empty => "empty",
            Self::NotGzip => "not_gzip",
            Self::UnknownForm => "unknown_form",
            Self::NotJson(_) => "not_json",
            Self::NoEvents => "no_events",
        }
    }
}

/// Decodes a request that arrived at `received_ms` (Unix milliseconds) with this body and query. Neither the body nor
/// anything it unpacks to may be larger than `max_decoded_bytes`.
pub fn decode(
    body: &[u8],
    query: &str,
    received_ms: i64,
    max_decoded_bytes: usize,
) -> Result<Request, DecodeError> {
    let json = unwrap(body, max_decoded_bytes)?;
    let value = bounds::parse(&json)?;
    let arrival = arrival(&value, query, received_ms);
    let events = events(&value)?;
    Ok(Request {
        project_key: project_key(&value, events),
        events: events.iter().map(|event| read(event, arrival)).collect(),
    })
}

/// The events of a body: a list, the `batch` of an envelope, or the body itself.
pub(crate) fn events(body: &Value) -> Result<&[Value], DecodeError> {
    let events = match body {
        Value::Array(list) => list,
        Value::Object(object) => {
            object.get("batch").and_then(Value::as_array).unwrap_or(std::slice::from_ref(body))
        }
        _ => return Err(DecodeError::NoEvents),
    };
    if events.len() > MOST_EVENTS { Err(DecodeError::TooMany) } else { Ok(events) }
}

/// When the whole request was sent, if it says so.
pub(crate) fn arrival(body: &Value, query: &str, received_ms: i64) -> Arrival {
    let parameter = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).and_then(|(_, value)| timestamp::parse(&value))
    };
    let sent_at = body.get("sent_at").and_then(text).and_then(|text| timestamp::parse(&text));
    Arrival {
        received: received_ms,
        sent: sent_at.or_else(|| parameter("sent_at")),
        old_clock: parameter("_"),
    }
}

/// From the body itself, else from the first event that names one.
fn project_key(body: &Value, events: &[Value]) -> Option<String> {
    std::iter::once(body).chain(events).find_map(|named| {
        let places = [
            named.get("api_key"),
            named.get("token"),
            named.get("properties").and_then(|own| own.get("token")),
        ];
        places.into_iter().flatten().find_map(text)
    })
}

fn unwrap(body: &[u8], limit: usize) -> Result<Cow<'_, [u8]>, DecodeError> {
    let mut bytes = Cow::Borrowed(body);
    for _ in 0..=MOST_LAYERS {
        if bytes.len() > limit {
            return Err(DecodeError::TooLarge);
        }
        if is_json(&bytes) {
            return Ok(bytes);
        }
        let trimmed = bytes.trim_ascii();
        bytes = if trimmed.is_empty() {
            return Err(DecodeError::Empty);
        } else if bytes.starts_with(&GZIP) {
            gunzip(&bytes, limit)?.into()
        } else if let Some(data) = form_data(trimmed) {
            data.into()
        } else {
            base64(trimmed).ok_or(DecodeError::UnknownForm)?.into()
        };
    }
    Err(DecodeError::UnknownForm)
}

fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Unpacks up to the limit and one byte more, so that a bomb is noticed and never held.
fn gunzip(bytes: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut unpacked = Vec::new();
    GzDecoder::new(bytes).take(most).read_to_end(&mut unpacked).map_err(|_| DecodeError::NotGzip)?;
    if unpacked.len() > limit { Err(DecodeError::TooLarge) } else { Ok(unpacked) }
}

/// The field `data` of a form. JSON that nobody encoded may hold a `&` of its own: it goes as far as its last bracket.
fn form_data(body: &[u8]) -> Option<Vec<u8>> {
    let starts = |at: &usize| body[*at..].starts_with(b"data=") && (*at == 0 || body[*at - 1] == b'&');
    let value = &body[(0..body.len()).find(starts)? + "data=".len()..];
    if is_json(value) {
        let end = value.iter().rposition(|byte| matches!(byte, b'}' | b']')).map_or(value.len(), |at| at + 1);
        return Some(value[..end].to_vec());
    }
    let value = value.split(|byte| *byte == b'&').next().unwrap_or_default();
    let decoded = percent::decode(value);
    if !is_json(&decoded) {
        return Some(decoded);
    }
    // In base64 a plus is one of the digits; in JSON it stands for a blank.
    let blanks: Vec<u8> = value.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    Some(percent::decode(&blanks))
}

fn is_json(bytes: &[u8]) -> bool {
    matches!(without_bom(bytes).trim_ascii_start().first(), Some(b'{' | b'['))
}

/// Base64 in either alphabet, with or without padding, with blanks where a `+` became one.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let standard: Vec<u8> = text
        .iter()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .map(|byte| match byte {
            b'-' | b' ' => b'+',
            b'_' => b'/',
            other => *other,
        })
        .collect();
    LENIENT.decode(standard).ok()
}

#[cfg(test)]
mod tests;
