//! Receivers without a pause: as fast as each of them can.

use std::error::Error;
use std::io::{self, BufRead};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use autoplay_sdk::{ActionsPayload, AsyncConnectorClient, ConnectorClient};
use memchr::{memchr_iter, memrchr};

use super::Sample;
use super::sample::Clock;
use super::wire::open;
use crate::inside::parsers;
use crate::payloads::Recording;

/// No measurement takes longer.
const LIMIT: Duration = Duration::from_mins(15);

/// Receives so many bytes, and looks at none of them: what the sender can do.
pub fn bare(address: &str, events: u64, bytes: u64) -> io::Result<Sample> {
    let mut body = open(address)?;
    let clock = Clock::start();
    let mut received = 0;
    while received < bytes {
        let length = body.fill_buf()?.len();
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        body.consume(length);
        received += length as u64;
    }
    Ok(clock.stop(events))
}

/// The loop that one would write by hand: split into lines, parse the JSON, drop what comes out.
pub fn split_and_parse(address: &str, parser: &str, events: u64) -> io::Result<Sample> {
    let parse = parser_named(parser)?;
    let mut body = open(address)?;
    let mut unfinished = Vec::new();
    let mut seen = 0;
    let clock = Clock::start();
    while seen < events {
        let came = body.fill_buf()?;
        let length = came.len();
        let Some(last) = memrchr(b'\n', came) else {
            unfinished.extend_from_slice(came);
            body.consume(length);
            continue;
        };
        let (whole, rest) = came.split_at(last + 1);
        if unfinished.is_empty() {
            seen += events_in(whole, parse);
        } else {
            unfinished.extend_from_slice(whole);
            seen += events_in(&unfinished, parse);
            unfinished.clear();
        }
        unfinished.extend_from_slice(rest);
        body.consume(length);
    }
    Ok(clock.stop(seen))
}

/// The same without a socket: one thread, everything in memory.
pub fn in_memory(actions: usize, parser: &str, events: u64) -> io::Result<Sample> {
    let parse = parser_named(parser)?;
    let body = Recording::of(actions, 4 * 1024 * 1024).body;
    let mut seen = 0;
    let clock = Clock::start();
    while seen < events {
        seen += events_in(&body, parse);
    }
    Ok(clock.stop(seen))
}

/// The client with its default settings, to a callback that counts.
pub fn client(address: &str, events: u64) -> Result<Sample, Box<dyn Error>> {
    let client = ConnectorClient::new(&format!("http://{address}/stream/taskboat"), "uk_live_bench")?;
    let (tell, told) = mpsc::channel();
    client.on_actions(counter(events, move |sample| _ = tell.send(sample)));
    let run = client.run_in_background()?;
    let sample = told.recv_timeout(LIMIT)?;
    client.stop();
    drop(run);
    Ok(Sample { dropped: client.dropped_count(), ..sample })
}

/// The same for the async client, on a runtime of one thread.
pub fn async_client(address: &str, events: u64) -> Result<Sample, Box<dyn Error>> {
    let client = AsyncConnectorClient::new(&format!("http://{address}/stream/taskboat"), "uk_live_bench")?;
    let (tell, told) = mpsc::channel();
    let stopper = client.stopper();
    let count = counter(events, move |sample| {
        _ = tell.send(sample);
        stopper.stop();
    });
    client.on_actions(move |batch| {
        count(batch);
        async {}
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async { tokio::time::timeout(LIMIT, client.run()).await })??;
    Ok(Sample { dropped: client.dropped_count(), ..told.recv()? })
}

/// A callback that counts, and tells what so many events took. The first one starts the clock, and is not counted.
fn counter(events: u64, tell: impl Fn(Sample) + Send + Sync) -> impl Fn(ActionsPayload) + Send + Sync {
    let (clock, seen) = (OnceLock::new(), AtomicU64::new(0));
    move |batch| {
        std::hint::black_box(batch);
        let clock: &Clock = clock.get_or_init(Clock::start);
        if seen.fetch_add(1, Relaxed) == events {
            tell(clock.stop(events));
        }
    }
}

type Parse = fn(&[&str]) -> usize;

fn parser_named(name: &str) -> io::Result<Parse> {
    let found = parsers::ALL.into_iter().find(|(known, _)| *known == name);
    found.map(|(_, parse)| parse).ok_or_else(|| io::Error::other(format!("there is no parser {name}")))
}

/// Parses every event in whole lines, and says how many there were.
fn events_in(lines: &[u8], parse: Parse) -> u64 {
    let mut events = 0;
    let mut start = 0;
    for end in memchr_iter(b'\n', lines) {
        if let Some(data) = lines[start..end].strip_prefix(b"data: ") {
            events += u64::from(str::from_utf8(data).is_ok_and(|text| parse(&[text]) > 0));
        }
        start = end + 1;
    }
    events
}

#[cfg(test)]
mod tests {
    use super::{events_in, in_memory, parser_named};
    use crate::outside::wire::Framing;
    use crate::payloads::Recording;

    #[test]
    fn the_loop_finds_every_event_in_both_framings() {
        let recording = Recording::of(5, 200_000);
        let parse = parser_named("serde_json").unwrap();
        for framing in [Framing::Plain, Framing::Chunked] {
            assert_eq!(events_in(&framing.render(&recording), parse), recording.events.len() as u64);
        }
        assert!(in_memory(1, "sonic-rs", 10).unwrap().events >= 10);
    }
}
