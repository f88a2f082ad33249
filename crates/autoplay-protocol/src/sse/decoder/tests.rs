//! What the decoder promises about borrowing, memory and the place in the stream.

use super::{Decoder, Event, Item};

fn events(decoder: &mut Decoder, chunk: &[u8]) -> Vec<String> {
    let mut seen = Vec::new();
    let mut items = decoder.feed(chunk);
    while let Some(item) = items.next() {
        match item {
            Item::Event(event) => seen.push(event.data.to_owned()),
            other => seen.push(format!("{other:?}")),
        }
    }
    seen
}

#[test]
fn an_event_of_one_line_is_borrowed_from_its_chunk() {
    let mut decoder = Decoder::new();
    let chunk = "event: e\nid: 1\n: c\ndata: Größe\nretry: 1\n\n: comment\ndata: b\r\n\r\n".as_bytes();
    let within = chunk.as_ptr_range();
    let mut borrowed = 0;
    let mut items = decoder.feed(chunk);
    while let Some(item) = items.next() {
        if let Item::Event(Event { data: text, .. }) | Item::Comment(text) = item {
            assert!(within.contains(&text.as_ptr()), "{text:?} was copied");
            borrowed += 1;
        }
    }
    assert_eq!(borrowed, 4);
    drop(items);
    assert_eq!(decoder.buffered_bytes(), 0);
}

#[test]
fn the_last_event_id_is_never_ahead_of_what_was_taken_out() {
    let mut decoder = Decoder::new();
    let mut items = decoder.feed(b"id: 1\ndata: a\n\nid: 2\ndata: b\n\n");
    assert!(matches!(items.next(), Some(Item::Event(event)) if event.id == "1"));
    drop(items);
    assert_eq!(decoder.last_event_id(), "1");
    assert_eq!(events(&mut decoder, b""), ["b"]);
    assert_eq!(decoder.last_event_id(), "2");
}

#[test]
fn what_was_not_taken_out_ends_with_its_stream() {
    let mut decoder = Decoder::new();
    drop(decoder.feed(b"id: 1\ndata: a\n\n"));
    decoder.reset();
    assert_eq!((decoder.last_event_id(), decoder.buffered_bytes()), ("", 0));
    assert_eq!(events(&mut decoder, b"data: b\n\n"), ["b"]);
}

#[test]
fn a_line_that_never_ends_costs_no_more_than_the_limit() {
    for beginning in ["data: ", "data: x\ndata: ", "id: ", "event: ", ": ", "retry: ", "unknown: ", "unknown"]
    {
        let mut decoder = Decoder::with_max_event_bytes(10_000);
        assert_eq!(events(&mut decoder, beginning.as_bytes()), [""; 0]);
        for _ in 0..100 {
            assert_eq!(events(&mut decoder, &[b'7'; 1_460]), [""; 0]);
            assert!(decoder.buffered_bytes() <= 10_000 + 20, "{beginning:?}: {}", decoder.buffered_bytes());
        }
    }
}

#[test]
fn lines_without_end_of_number_cost_no_more_than_the_limit() {
    let mut decoder = Decoder::with_max_event_bytes(10_000);
    for _ in 0..100 {
        assert_eq!(
            events(&mut decoder, "data: 0123456789\nevent: e\nid: 1\n".repeat(100).as_bytes()),
            [""; 0]
        );
        assert!(decoder.buffered_bytes() <= 10_000 + 20, "{}", decoder.buffered_bytes());
    }
    assert_eq!(events(&mut decoder, b"\n"), ["Oversized { bytes: 109999, id: \"1\" }"]);
    assert_eq!(decoder.buffered_bytes(), 0);
}

#[test]
fn ids_and_names_have_room_under_the_smallest_limit() {
    let mut decoder = Decoder::with_max_event_bytes(0);
    assert_eq!(events(&mut decoder, b"id: 1-00c0ffee00c0ffee-1\nretry: 1000\ndata\n\n"), ["Retry(1s)", ""]);
    let line = "1".repeat(1_025);
    let stream = format!("event: {}\ndata\n\nid: {line}\ndata\n\ndata: a\n\n", &line[1..]);
    let skipped = |bytes| format!("Oversized {{ bytes: {bytes}, id: \"1-00c0ffee00c0ffee-1\" }}");
    assert_eq!(events(&mut decoder, stream.as_bytes()), [String::new(), skipped(1_025), skipped(1)]);
}

#[test]
fn the_greatest_limit_is_none() {
    let mut decoder = Decoder::with_max_event_bytes(usize::MAX);
    assert_eq!(events(&mut decoder, b"data: a\ndata: b"), [""; 0]);
    assert_eq!(events(&mut decoder, b"c\n\n"), ["a\nbc"]);
}

#[test]
fn debug_shows_no_data() {
    let mut decoder = Decoder::new();
    let mut items = decoder.feed(b"data: secret\n\ndata: secret\n");
    let before = format!("{items:?}");
    let event = format!("{:?}", items.next());
    drop(items);
    let shown = [before, event, format!("{decoder:?}")].concat();
    assert!(!shown.contains("secret") && shown.contains("6 bytes"), "{shown}");
}
