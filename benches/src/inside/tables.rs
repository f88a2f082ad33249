use std::time::Duration;

use bytes::Bytes;

use super::{decoders, limits, parsers};
use crate::payloads::{Recording, SIZES};
use crate::report::{Cell, Goal, Table};
use crate::rounds::{Needed, Rival, compare};

const ROUNDS: usize = 7;
const TURN: Duration = Duration::from_millis(25);

/// The title of the table of the parsers.
pub const PARSERS: &str = "JSON parsers";

/// Small enough to stay in the cache, so that it is the code that is measured and not the memory.
const RECORDED: usize = 512 * 1024;

/// Measures everything that happens within one thread.
#[must_use]
pub fn measure() -> (Vec<Table>, Vec<Goal>) {
    let recordings = SIZES.map(|actions| Recording::of(actions, RECORDED));
    let decoders = decoder_table(&recordings);
    let parsers = parser_table(&recordings);
    let large = large_event_table();
    let [ours, split] =
        [decoders::OURS, decoders::LINE_SPLIT].map(|who| decoders.figure(who, 1).unwrap_or(f64::NAN));
    let goals = vec![
        Goal::at_least("decoder ÷ memchr line split, 1 action", ours / split, 0.33),
        Goal::at_most("an event of 8 MiB in pieces of 1,460 bytes", last_figure(&large), 10.0, "ms"),
    ];
    (vec![decoders, parsers, large], goals)
}

fn decoder_table(recordings: &[Recording; 3]) -> Table {
    let mut rows: Vec<Vec<Cell>> = decoders::ALL.iter().map(|(name, _)| vec![Cell::from(*name)]).collect();
    let framings: [fn(&Recording) -> Vec<Bytes>; 2] =
        [Recording::reads, |recording| recording.events.clone()];
    for pieces_of in framings {
        for recording in recordings {
            let pieces = &pieces_of(recording);
            let mut rivals: Vec<_> = decoders::ALL
                .iter()
                .map(|&(name, decode)| Rival::new(name, move || decode(pieces)))
                .collect();
            fill(&mut rows, &compare(&mut rivals, ROUNDS, TURN), recording.body.len());
        }
    }
    let note = "MB/s of CPU time, one thread. “Read” is in pieces of 64 KiB, as they come out of a socket; “chunk” is a \
                piece per event, as HTTP chunks come. The line split is no decoder, but the bound of what one can do.";
    let columns =
        ["decoder", "read, 1 action", "read, 5", "read, 50", "chunk, 1 action", "chunk, 5", "chunk, 50"];
    Table::new("Decoders of server-sent events", note, columns).rows(rows).drawn(decoders::OURS)
}

fn parser_table(recordings: &[Recording; 3]) -> Table {
    let contestants =
        parsers::ALL.into_iter().chain([(parsers::OUR_CHECK, parsers::our_check as fn(&[&str]) -> usize)]);
    let contestants: Vec<_> = contestants.collect();
    let mut rows: Vec<Vec<Cell>> = contestants.iter().map(|(name, _)| vec![Cell::from(*name)]).collect();
    for recording in recordings {
        let texts = &recording.texts();
        let bytes = texts.iter().map(|text| text.len()).sum();
        let mut rivals: Vec<_> =
            contestants.iter().map(|&(name, parse)| Rival::new(name, move || parse(texts))).collect();
        fill(&mut rows, &compare(&mut rivals, ROUNDS, TURN), bytes);
    }
    let note = "MB/s of CPU time, one thread, from the text to a struct that owns its strings. Ours also checks and corrects \
                `count`, takes values of wrong types, and keeps unknown fields; the rivals drop those and fail on the rest. \
                The check alone is what the reader of the stream does before it queues an event.";
    Table::new(PARSERS, note, ["parser", "1 action", "5 actions", "50 actions"])
        .rows(rows)
        .drawn(parsers::OURS)
}

fn large_event_table() -> Table {
    let sizes = [80 * 1024, 800 * 1024, 8 * 1024 * 1024];
    let events = sizes.map(limits::large_event);
    let mut rivals: Vec<_> = events.iter().map(|pieces| Rival::new("", || limits::decode(pieces))).collect();
    let needed = compare(&mut rivals, ROUNDS, TURN);
    let rows = sizes.iter().zip(needed).map(|(size, needed)| {
        vec![Cell::from(&format!("{} KiB", size / 1024)), Cell::Number(needed.time.as_secs_f64() * 1e3, 3)]
    });
    let note = "ms of CPU time for one event that comes in pieces of 1,460 bytes: ten times the size, ten times the time.";
    Table::new("Large events", note, ["size", "ms"]).rows(rows)
}

fn last_figure(table: &Table) -> f64 {
    table
        .rows
        .last()
        .and_then(|row| match row.last() {
            Some(Cell::Number(number, _)) => Some(*number),
            _ => None,
        })
        .unwrap_or(f64::NAN)
}

fn fill(rows: &mut [Vec<Cell>], needed: &[Needed], bytes: usize) {
    for (row, needed) in rows.iter_mut().zip(needed) {
        let megabytes = bytes as f64 / 1e6;
        row.push(Cell::Number(megabytes / needed.time.as_secs_f64(), 0));
    }
}
