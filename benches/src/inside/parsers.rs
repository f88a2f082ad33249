//! Parsers of JSON, each from the text of a batch to a struct with the same fields.

use std::hint::black_box;

use autoplay_protocol::payload::{Head, Payload};
use serde::Deserialize;

/// A parser, by its name and what it does with the texts. It gives the number of actions that it found.
pub type Contestant = (&'static str, fn(&[&str]) -> usize);

/// Ours.
pub const OURS: &str = "autoplay-protocol";

/// Ours where it only checks the text and looks whose it is, as the reader of the stream does.
pub const OUR_CHECK: &str = "autoplay-protocol, check only";

/// All that build the struct, ours first.
pub const ALL: [Contestant; 4] =
    [(OURS, ours), ("serde_json", serde_json), ("sonic-rs", sonic_rs), ("simd-json", simd_json)];

/// A batch for the parsers that work with serde. It has the fields of
/// [`ActionsPayload`](autoplay_protocol::payload::ActionsPayload) but for `extra`: fields that are not known are
/// dropped, and values of the wrong type are errors, which is less work than ours has.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the wire")]
pub struct Batch {
    pub product_id: String,
    pub session_id: Option<String>,
    pub user_id: Option<String>,
    pub email: Option<String>,
    pub conversation_id: Option<String>,
    pub count: i64,
    pub forwarded_at: f64,
    pub actions: Vec<Action>,
}

/// An action of a [`Batch`].
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the wire")]
pub struct Action {
    pub index: i64,
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub description: String,
    pub timestamp_start: f64,
    pub timestamp_end: f64,
    pub raw_url: String,
    pub canonical_url: String,
    pub session_id: Option<String>,
    pub user_id: Option<String>,
    pub email: Option<String>,
    pub conversation_id: Option<String>,
}

/// Checks each text, and builds nothing.
pub fn our_check(texts: &[&str]) -> usize {
    texts
        .iter()
        .map(|text| Head::read(text, "message").map_or(0, |head| black_box(head).product_id.len()))
        .sum()
}

fn ours(texts: &[&str]) -> usize {
    texts
        .iter()
        .map(|text| match Payload::read(text, "message") {
            Ok((Payload::Actions(batch), _)) => black_box(batch).actions.len(),
            _ => 0,
        })
        .sum()
}

fn serde_json(texts: &[&str]) -> usize {
    found(texts, |text| ::serde_json::from_str(text).ok())
}

fn sonic_rs(texts: &[&str]) -> usize {
    found(texts, |text| ::sonic_rs::from_str(text).ok())
}

/// It works in the text itself, which therefore has to be copied: events are borrowed from what came.
fn simd_json(texts: &[&str]) -> usize {
    let mut copy = Vec::new();
    found(texts, |text| {
        copy.clear();
        copy.extend_from_slice(text.as_bytes());
        ::simd_json::from_slice(&mut copy).ok()
    })
}

fn found(texts: &[&str], mut parse: impl FnMut(&str) -> Option<Batch>) -> usize {
    texts.iter().filter_map(|text| parse(text)).map(|batch| black_box(batch).actions.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::{ALL, Batch, our_check};
    use crate::payloads::{Recording, batch};

    #[test]
    fn all_of_them_find_the_same() {
        let recording = Recording::of(5, 100_000);
        let texts = recording.texts();
        for (name, parse) in ALL {
            assert_eq!(parse(&texts), texts.len() * 5, "{name}");
        }
        assert_eq!(our_check(&texts), texts.len() * "taskboat".len());
    }

    #[test]
    fn the_rivals_fill_every_field() {
        let expected = batch(2, 9);
        let text = expected.to_json();
        let read: [Batch; 3] = [
            serde_json::from_str(&text).unwrap(),
            sonic_rs::from_str(&text).unwrap(),
            simd_json::from_slice(&mut text.clone().into_bytes()).unwrap(),
        ];
        for read in read {
            assert_eq!(
                (read.product_id, read.session_id),
                (expected.product_id.clone(), expected.session_id.clone())
            );
            assert_eq!(read.actions[1].description, expected.actions[1].description);
            assert_eq!(read.actions[1].timestamp_end.to_bits(), expected.actions[1].timestamp_end.to_bits());
            assert_eq!(read.actions[1].canonical_url, expected.actions[1].canonical_url);
        }
    }

    /// Why the speed of the others does not decide it alone.
    #[test]
    fn the_rivals_refuse_what_the_client_has_to_read() {
        for text in [
            r#"{"type":"actions","product_id":"\ud83d","actions":[{}]}"#,
            r#"{"type":"actions","forwarded_at":NaN,"actions":[{}]}"#,
            r#"{"type":"actions","session_id":17,"actions":[{}]}"#,
            r#"{"type":"actions","count":"1","actions":[{}]}"#,
        ] {
            let read = ALL.map(|(name, parse)| (name, parse(&[text])));
            assert_eq!(read.map(|(_, actions)| actions), [1, 0, 0, 0], "{text}: {read:?}");
        }
    }
}
