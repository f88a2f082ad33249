use std::error::Error;

use super::Sample;
use super::processes::{Receiver, Sender, receive};
use super::wire::Framing;
use crate::payloads::Recording;
use crate::report::{Cell, Goal, Table};
use crate::rounds::median;

/// So many times each receiver gets its turn.
const ROUNDS: usize = 5;

/// What is sent: actions per event, framing, and as many events as keep a turn below a second or so.
const CASES: [(usize, Framing, u64); 4] = [
    (1, Framing::Plain, 200_000),
    (1, Framing::Chunked, 200_000),
    (5, Framing::Plain, 60_000),
    (50, Framing::Plain, 8_000),
];

const CLIENT: &str = "autoplay-sdk, to the callback";
const ASYNC: &str = "autoplay-sdk, async, to the callback";
const BARE: &str = "bare reader: the sender's ceiling";
const LOOP: &str = "bare loop: socket, split, best parser";
const MEMORY: &str = "bare loop in memory: split, best parser";

const ENDLESS: &str = "268435456";

/// Tables and goals, or why a process failed.
type Measured = Result<(Vec<Table>, Vec<Goal>), Box<dyn Error>>;

/// Measures whole processes. `parser` is the one that was found to be the fastest, for the bare loops.
pub fn measure(parser: &str) -> Measured {
    let mut all = (Vec::new(), Vec::new());
    for measured in [throughput(parser)?, latency()?, idle()?, memory()?, growth()?] {
        all.0.extend(measured.0);
        all.1.extend(measured.1);
    }
    Ok(all)
}

fn throughput(parser: &str) -> Measured {
    let mut rows = [CLIENT, ASYNC, LOOP, MEMORY, BARE].map(|who| vec![Cell::from(who)]);
    let mut cpu = [CLIENT, ASYNC, LOOP, MEMORY].map(|who| vec![Cell::from(who)]);
    let mut dropped = 0;
    for (actions, framing, events) in CASES {
        let samples = turns(actions, framing, events, parser)?;
        for (row, samples) in rows.iter_mut().zip(&samples) {
            row.push(Cell::Number(median(samples.iter().map(Sample::rate).collect()), 0));
        }
        for (row, samples) in cpu.iter_mut().zip(&samples) {
            let per_million = |sample: &Sample| sample.cpu_seconds / sample.events as f64 * 1e6;
            row.push(Cell::Number(median(samples.iter().map(per_million).collect()), 2));
        }
        dropped += samples[..2].iter().flatten().map(|sample| sample.dropped).sum::<u64>();
    }
    let note = format!(
        "Events per second from a sender in another process; the median of {ROUNDS} rounds in which all take turns. The \
         best parser of this run was {parser}. The client has two threads, the async one and the loops have one; the sender needs a \
         processor as well, but for the loop in memory, which has neither sender nor socket."
    );
    let columns =
        ["receiver", "1 action, plain", "1 action, chunked", "5 actions, plain", "50 actions, plain"];
    let rates = Table::new("Loopback", note, columns).rows(rows).drawn(CLIENT);
    let note = "Seconds of the process's CPU time, all threads and the kernel's part included.";
    let costs = Table::new("CPU per million events", note, columns).rows(cpu);
    let ratio = |than: &str, column| {
        let [ours, theirs] = [CLIENT, than].map(|who| rates.figure(who, column).unwrap_or(f64::NAN));
        ours / theirs
    };
    let goals = vec![
        Goal::at_least("client ÷ bare loop over the socket, 1 action, plain", ratio(LOOP, 1), 0.8),
        Goal::at_least("client ÷ bare loop in memory, 1 action, plain", ratio(MEMORY, 1), 0.8),
        Goal::at_most("events dropped meanwhile", dropped as f64, 0.0, "events"),
    ];
    Ok((vec![rates, costs], goals))
}

/// The samples of the client, the async one, the loop, the loop in memory and the bare reader.
fn turns(
    actions: usize,
    framing: Framing,
    events: u64,
    parser: &str,
) -> Result<[Vec<Sample>; 5], Box<dyn Error>> {
    let actions_text = &*actions.to_string();
    let sender = Sender::start(&["flood", actions_text, framing.name()])?;
    let address = &*sender.address;
    let bytes = &*bytes_of(actions, framing, events * 4).to_string();
    let (count, more) = (&*events.to_string(), &*(events * 4).to_string());
    let mut samples = <[Vec<Sample>; 5]>::default();
    for _ in 0..ROUNDS {
        samples[0].push(receive(&["client", address, count])?);
        samples[1].push(receive(&["async", address, count])?);
        samples[2].push(receive(&["loop", address, parser, count])?);
        samples[3].push(receive(&["memory", actions_text, parser, count])?);
        samples[4].push(receive(&["bare", address, more, bytes])?);
    }
    Ok(samples)
}

/// How many bytes so many events are, as they are sent.
fn bytes_of(actions: usize, framing: Framing, events: u64) -> u64 {
    let recording = Recording::of(actions, 1024 * 1024);
    framing.render(&recording).len() as u64 * events / recording.events.len() as u64
}

fn latency() -> Measured {
    const EVENTS: &str = "2000";
    let sender = Sender::start(&["paced", "1000"])?;
    let mut samples = <[Vec<Sample>; 2]>::default();
    for _ in 0..3 {
        samples[0].push(receive(&["latency", &sender.address, EVENTS])?);
        samples[1].push(receive(&["bare-latency", &sender.address, EVENTS])?);
    }
    let rows = [CLIENT, "bare reader, to the line"].into_iter().zip(&samples).map(|(who, samples)| {
        let [p50, p99] = [|sample: &Sample| sample.p50, |sample: &Sample| sample.p99]
            .map(|of| median(samples.iter().map(of).collect()));
        vec![who.into(), Cell::Number(p50, 0), Cell::Number(p99, 0)]
    });
    let note = "µs from the sender's write to the receiver's code, at 1,000 events of 1 action per second. Most of it is \
                the time that the system takes to wake a thread.";
    let table = Table::new("Latency", note, ["receiver", "p50, µs", "p99, µs"]).rows(rows);
    let [p50, p99] = [1, 2].map(|column| table.figure(CLIENT, column).unwrap_or(f64::NAN) / 1e3);
    let goals =
        vec![Goal::at_most("latency, p50", p50, 0.2, "ms"), Goal::at_most("latency, p99", p99, 0.34, "ms")];
    Ok((vec![table], goals))
}

fn idle() -> Measured {
    let sender = Sender::start(&["heartbeats"])?;
    let receivers: Vec<_> =
        (0..3).map(|_| Receiver::start(&["idle", &sender.address, "10"])).collect::<Result<_, _>>()?;
    let samples: Vec<_> = receivers.into_iter().map(Receiver::finish).collect::<Result<_, _>>()?;
    let cpu = median(samples.iter().map(|sample| sample.cpu_seconds * 1e3).collect());
    Ok((
        Vec::new(),
        vec![Goal::at_most("CPU of an idle client in 10 s, a heartbeat each second", cpu, 2.0, "ms")],
    ))
}

fn memory() -> Measured {
    let peak = |sending: &[&str], receiving: &str, more: &[&str]| -> Result<f64, Box<dyn Error>> {
        let sender = Sender::start(sending)?;
        let arguments = [&[receiving, &sender.address], more].concat();
        let mut peaks = Vec::new();
        for _ in 0..3 {
            peaks.push(receive(&arguments)?.peak_kib as f64 / 1024.0);
        }
        Ok(median(peaks))
    };
    let idle = peak(&["heartbeats"], "idle", &["1"])?;
    let queue = peak(&["flood", "50", "plain"], "full-queue", &[])?;
    let endless = peak(&["endless", ENDLESS], "endless-line", &[])?;
    let rows = [
        ("idle client", idle),
        ("queue full with 500 events of 22 KB, which are 10.5 MiB", queue),
        ("a line of 256 MiB, with the limit at 16 MiB", endless),
    ];
    let rows =
        rows.map(|(what, peak)| vec![what.into(), Cell::Number(peak, 1), Cell::Number(peak - idle, 1)]);
    let note = "MiB, the most that the process ever had.";
    let table = Table::new("Memory", note, ["what", "peak", "over the idle client"]).rows(rows);
    let goals = vec![
        Goal::at_most("memory for a full queue of 500 × 22 KB", queue - idle, 16.0, "MiB"),
        Goal::at_most("memory for an endless line, limit 16 MiB", endless - idle, 20.0, "MiB"),
    ];
    Ok((vec![table], goals))
}

fn growth() -> Measured {
    let sender = Sender::start(&["flood", "1", "plain"])?;
    let mut rows = Vec::new();
    let mut samples = Vec::new();
    for events in ["50000", "500000", "5000000"] {
        let sample = receive(&["client", &sender.address, events])?;
        samples.push(sample);
        rows.push(vec![
            Cell::Number(sample.events as f64, 0),
            Cell::Number(sample.cpu_seconds / sample.events as f64 * 1e6, 2),
            Cell::Number(sample.peak_kib as f64 / 1024.0, 1),
        ]);
    }
    let note = "One run of the client, 1 action, plain: the CPU time per event and the memory must stay.";
    let table = Table::new("Growth", note, ["events", "CPU, µs per event", "peak, MiB"]).rows(rows);
    let per_event = |sample: &Sample| sample.cpu_seconds / sample.events as f64;
    let grown = per_event(&samples[2]) / per_event(&samples[0]);
    let more = (samples[2].peak_kib as f64 - samples[0].peak_kib as f64) / 1024.0;
    let goals = vec![
        Goal::at_most("100 × the events: CPU per event", grown, 1.25, "×"),
        Goal::at_most("100 × the events: more memory", more, 2.0, "MiB"),
    ];
    Ok((vec![table], goals))
}
