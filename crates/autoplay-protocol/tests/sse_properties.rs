//! Promises of the decoder and the encoder that hold for every input.

mod by_the_book;

use std::time::Duration;

use autoplay_protocol::sse::{Decoder, write_comment, write_event, write_retry};
use by_the_book::{Seen, by_the_book};
use proptest::prelude::*;

fn feed(decoder: &mut Decoder, chunk: &[u8], seen: &mut Vec<Seen>) {
    let mut items = decoder.feed(chunk);
    while let Some(item) = items.next() {
        seen.push(item.into());
    }
}

fn decode<'a>(mut decoder: Decoder, chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Seen>, String) {
    let mut seen = Vec::new();
    for chunk in chunks {
        feed(&mut decoder, chunk, &mut seen);
    }
    (seen, decoder.last_event_id().to_owned())
}

/// Streams of the pieces where decoders go wrong.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(vec![
            "data", "event", "id", "retry", ":", ": ", " ", "\n", "\r", "\r\n", "\n\n", "\r\r", "\0", "x", "\u{feff}", "é", "😀",
            "data: ", "data:x\n", "id: 7\n", "id:\n", "event: tick\n", "retry: 20\n", "99999999999999999999999", "12", ":c\n",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        2 => prop::sample::select(vec![
            &b"\xEF"[..], b"\xEF\xBB", b"\xBB\xBF", b"\xF0\x9F\x98", b"\xFF", b"\xC3", b"\xED\xA0\x80", b"\xE0\x80",
        ])
        .prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 1..4),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn chunks<'a>(stream: &'a [u8], lengths: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = stream;
    let mut lengths = lengths.iter().cycle();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (chunk, after) = rest.split_at(rest.len().min(*lengths.next()?));
        rest = after;
        Some(chunk)
    })
}

/// Lengths of chunks, zero among them. The one at the end makes every round go forward.
fn lengths() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0..9_usize, 0..12).prop_map(|mut lengths| {
        lengths.push(1);
        lengths
    })
}

/// A text as it can stand in an id; a name may contain a NULL as well.
fn id() -> impl Strategy<Value = String> {
    "[^\r\n\0]{0,12}"
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[^\r\n]{0,12}", "[\0 a:]{0,4}"]
}

fn data() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[ :\r\ndata\u{feff}]{0,20}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn agrees_with_the_standard_whatever_the_chunking(stream in stream(), lengths in lengths()) {
        let expected = by_the_book(&stream);
        prop_assert_eq!(&decode(Decoder::new(), [&stream[..]]), &expected);
        prop_assert_eq!(&decode(Decoder::new(), chunks(&stream, &[1])), &expected);
        prop_assert_eq!(&decode(Decoder::new(), chunks(&stream, &lengths)), &expected);
    }

    #[test]
    fn the_limit_does_not_depend_on_the_chunking(
        stream in stream(),
        long in prop::collection::vec((0..40_usize, prop::sample::select(vec!["data: ", "data\n", "id: ", "event: ", ": ", "retry: ", "x: "]), 0..2_000_usize), 0..4),
        lengths in lengths(),
        max in 0..1_500_usize,
    ) {
        let mut stream = stream;
        for (at, prefix, length) in long {
            let at = at.min(stream.len());
            let line = format!("{prefix}{}\n", "1".repeat(length));
            stream.splice(at..at, line.into_bytes());
        }
        let decoder = || Decoder::with_max_event_bytes(max);
        let whole = decode(decoder(), [&stream[..]]);
        prop_assert_eq!(&decode(decoder(), chunks(&stream, &[1])), &whole);
        prop_assert_eq!(&decode(decoder(), chunks(&stream, &lengths)), &whole);
        for seen in &whole.0 {
            if let Seen::Event { data, .. } = seen {
                // U+FFFD is up to three times as long as what it replaces.
                prop_assert!(data.len() <= 3 * max);
            }
        }
    }

    #[test]
    fn dropping_the_items_early_loses_nothing(stream in stream(), lengths in lengths(), taken in prop::collection::vec(0..3_usize, 1..8)) {
        let expected = by_the_book(&stream);
        let (mut decoder, mut seen, mut taken) = (Decoder::new(), Vec::new(), taken.into_iter().cycle());
        for chunk in chunks(&stream, &lengths) {
            let mut items = decoder.feed(chunk);
            for _ in 0..taken.next().unwrap() {
                seen.extend(items.next().map(Seen::from));
            }
        }
        feed(&mut decoder, b"", &mut seen);
        prop_assert_eq!((seen, decoder.last_event_id().to_owned()), expected);
    }

    #[test]
    fn what_was_encoded_is_decoded(
        events in prop::collection::vec((prop::option::of(name()), prop::option::of(id()), data()), 0..5),
        comment in "[^\r\n]{0,12}",
        millis in any::<u64>(),
        lengths in lengths(),
    ) {
        let (mut stream, mut expected, mut place) = (Vec::new(), Vec::new(), String::new());
        for (event, id, data) in &events {
            write_event(&mut stream, event.as_deref(), id.as_deref(), data);
            write_comment(&mut stream, &comment);
            write_retry(&mut stream, Duration::from_millis(millis));
            if let Some(id) = id {
                place.clone_from(id);
            }
            expected.push(Seen::Event {
                event: event.clone().filter(|event| !event.is_empty()).unwrap_or("message".to_owned()),
                data: data.replace("\r\n", "\n").replace('\r', "\n"),
                id: place.clone(),
            });
            expected.push(Seen::Comment(comment.clone()));
            expected.push(Seen::Retry(Duration::from_millis(millis)));
        }
        prop_assert_eq!(decode(Decoder::new(), chunks(&stream, &lengths)), (expected, place));
    }

    #[test]
    fn no_text_can_break_out_of_its_event(event in any::<String>(), id in any::<String>(), data in data()) {
        let hostile = |text: String| text + "\r\rdata: forged\n\ndata: forged\r\n\r\n\0";
        let mut stream = Vec::new();
        write_event(&mut stream, Some(&hostile(event)), Some(&hostile(id)), &hostile(data));
        let (seen, _) = decode(Decoder::new(), [&stream[..]]);
        prop_assert!(matches!(&seen[..], [Seen::Event { .. }]), "{:?}", seen);
    }
}
