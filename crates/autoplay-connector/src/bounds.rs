//! JSON from anybody, read within bounds.
//!
//! A body of a few kilobytes can unpack to millions of values, each of which takes far more room in memory than in the
//! text. So a text is weighed before anything is built of it. And since one bad event of a list must not cost the good
//! ones, an event that is nested too deep is taken out, and the rest is read.

use autoplay_protocol::json::{JsonErrorKind, MAX_DEPTH, Value};
use memchr::{memchr_iter, memchr2, memchr2_iter};

use crate::posthog::DecodeError;

/// What a request may take in memory once it is read. Of 20 MiB that browsers really send it is a third.
const HEAVIEST: usize = 256 << 20;

/// What a value takes: itself in a list that grows by doubling.
const OF_A_VALUE: usize = 64;

/// What a list or an object takes beside its values.
const OF_A_CONTAINER: usize = 256;

/// Reads a body's JSON, if what comes of it is not too much.
pub(crate) fn parse(json: &[u8]) -> Result<Value, DecodeError> {
    if weight(json) > HEAVIEST {
        return Err(DecodeError::TooMany);
    }
    match Value::parse_bytes(json) {
        Err(error) if error.kind() == JsonErrorKind::TooDeep => {
            Ok(Value::parse_bytes(&without_deep_events(json))?)
        }
        read => Ok(read?),
    }
}

/// What the value will take, at most. Brackets and commas within texts count too, which only errs on the safe side.
fn weight(json: &[u8]) -> usize {
    let containers = memchr2_iter(b'{', b'[', json).count();
    let values = memchr_iter(b',', json).count();
    json.len() + containers * OF_A_CONTAINER + values * OF_A_VALUE
}

/// Puts `null` in the place of every event that is nested too deep. Depth anywhere else stays, and so does the error.
fn without_deep_events(json: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(json.len());
    let (mut taken, mut at, mut depth) = (0, 0, 0_usize);
    // How deep events lie: right within a list, or within the `batch` of an envelope.
    let mut events_at = None;
    let (mut start, mut deepest, mut name) = (0, 0, &json[..0]);
    while let Some(&byte) = json.get(at) {
        match byte {
            b'"' => {
                let end = end_of_text(json, at);
                if depth == 1 {
                    name = &json[at..end];
                }
                at = end;
                continue;
            }
            b'[' | b'{' => {
                depth += 1;
                match depth {
                    1 if byte == b'[' => events_at = Some(2),
                    2 if events_at != Some(2) => {
                        events_at = (byte == b'[' && name == br#""batch""#).then_some(3);
                    }
                    _ => {}
                }
                if events_at == Some(depth) {
                    (start, deepest) = (at, depth);
                }
                deepest = deepest.max(depth);
            }
            b']' | b'}' => {
                if events_at == Some(depth) && deepest > MAX_DEPTH {
                    kept.extend_from_slice(&json[taken..start]);
                    kept.extend_from_slice(b"null");
                    taken = at + 1;
                }
                depth = depth.saturating_sub(1);
            }
            _ => {}
        }
        at += 1;
    }
    kept.extend_from_slice(&json[taken..]);
    kept
}

/// Past the quote that closes the text which opens at `start`.
fn end_of_text(json: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(found) = json.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += found;
        if json[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    json.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> String {
        format!("{}{}", "[".repeat(depth), "]".repeat(depth))
    }

    #[test]
    fn an_event_that_is_nested_too_deep_does_not_cost_the_others() {
        let deep = format!(r#"{{"event":"b","s":"]\"","z":{}}}"#, nested(10_000));
        for (body, expected) in [
            (format!(r#"[{{"event":"a"}},{deep},{{"event":"c"}}]"#), r#"[{"event":"a"},null,{"event":"c"}]"#),
            (format!("[{},{deep},7]", nested(10_000)), "[null,null,7]"),
            (
                format!(r#"{{"k":"batch","batch":[{deep},{{"event":"c"}}],"sent_at":[[1]]}}"#),
                r#"{"k":"batch","batch":[null,{"event":"c"}],"sent_at":[[1]]}"#,
            ),
        ] {
            assert_eq!(parse(body.as_bytes()).unwrap().to_json(), expected);
        }
    }

    #[test]
    fn depth_outside_of_a_list_of_events_stays_an_error() {
        let deep = nested(10_000);
        for body in [
            format!(r#"{{"event":"a","z":{deep}}}"#),
            format!(r#"{{"batch":[{{"event":"a"}}],"z":{deep}}}"#),
            format!(r#"{{"batch":{{"event":"a","z":{deep}}}}}"#),
            "[".repeat(10_000),
            r#"{"a":"#.repeat(10_000),
        ] {
            assert!(matches!(parse(body.as_bytes()), Err(DecodeError::NotJson(_))), "{}", &body[..40]);
        }
    }

    #[test]
    fn a_text_that_would_take_too_much_memory_is_never_built() {
        let size = 20 << 20;
        for piece in ["0,", "{},", "[],", "{\"\":0},", "[0],", "\"\","] {
            let body = format!("[{}0]", piece.repeat(size / piece.len()));
            assert_eq!(parse(body.as_bytes()), Err(DecodeError::TooMany), "{piece}");
        }
        assert!(parse(format!("[{}0]", "0,".repeat(500_000)).as_bytes()).is_ok());
    }
}
