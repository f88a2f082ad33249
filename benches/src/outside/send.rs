//! The sender: a server that does as little as possible while it is measured.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{process, thread};

use autoplay_protocol::sse::write_event;

use super::wire::{Framing, read_request};
use crate::payloads::{Recording, batch};

/// Rendered before, and sent again and again.
const RENDERED: usize = 4 * 1024 * 1024;

/// What is sent on each connection.
#[derive(Debug, Clone)]
pub enum Sending {
    /// Events without end and without a pause.
    Flood {
        /// As they are sent.
        bytes: Arc<[u8]>,
        /// How.
        framing: Framing,
    },
    /// So many events without a pause, and then nothing.
    Burst {
        /// They are sent again and again.
        events: Arc<[Vec<u8>]>,
        /// How.
        framing: Framing,
        /// So many in all.
        count: usize,
    },
    /// Events at even intervals, each with the time at which it was sent.
    Paced {
        /// From one to the next.
        interval: Duration,
    },
    /// A heartbeat each second.
    Heartbeats,
    /// One event, a line of so many bytes, and another event.
    Endless {
        /// The length of the line.
        bytes: usize,
    },
}

impl Sending {
    /// Events with so many actions, without a pause.
    pub fn flood(actions: usize, framing: Framing) -> Self {
        let bytes = framing.render(&Recording::of(actions, RENDERED)).into();
        Self::Flood { bytes, framing }
    }

    /// So many events with so many actions each.
    pub fn burst(actions: usize, framing: Framing, count: usize) -> Self {
        let events = framing.render_each(&Recording::of(actions, RENDERED)).collect();
        Self::Burst { events, framing, count }
    }

    /// Serves on a free port, which is printed, until standard input ends.
    pub fn serve(self) -> io::Result<()> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        println!("{}", listener.local_addr()?);
        thread::spawn(|| {
            let _end = io::stdin().read_to_end(&mut Vec::new());
            process::exit(0);
        });
        for connection in listener.incoming() {
            let (sending, connection) = (self.clone(), connection?);
            // It ends with an error as a rule: receivers leave when they have enough.
            thread::spawn(move || sending.send(&connection));
        }
        Ok(())
    }

    fn send(&self, mut connection: &TcpStream) -> io::Result<()> {
        connection.set_nodelay(true)?;
        read_request(connection)?;
        let framing = match self {
            Self::Flood { framing, .. } | Self::Burst { framing, .. } => *framing,
            _ => Framing::Plain,
        };
        connection.write_all(framing.head().as_bytes())?;
        match self {
            Self::Flood { bytes, .. } => loop {
                connection.write_all(bytes)?;
            },
            Self::Burst { events, count, .. } => burst(connection, events, *count),
            Self::Paced { interval } => paced(connection, *interval),
            Self::Heartbeats => loop {
                connection.write_all(b"event: heartbeat\nid: 1-00000193a1b2c3d4-41\ndata: \n\n")?;
                thread::sleep(Duration::from_secs(1));
            },
            Self::Endless { bytes } => endless(connection, *bytes),
        }
    }
}

fn burst(mut connection: &TcpStream, events: &[Vec<u8>], count: usize) -> io::Result<()> {
    let all = events.concat();
    for _ in 0..count / events.len() {
        connection.write_all(&all)?;
    }
    connection.write_all(&events[..count % events.len()].concat())?;
    // The receiver leaves first.
    connection.read_to_end(&mut Vec::new()).map(drop)
}

fn paced(mut connection: &TcpStream, interval: Duration) -> io::Result<()> {
    let (before, after) = around_the_time();
    let mut next = Instant::now();
    loop {
        next += interval;
        thread::sleep(next.saturating_duration_since(Instant::now()));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let stamp = format!("{}.{:06}", now.as_secs(), now.subsec_micros());
        connection.write_all(&[before.as_bytes(), stamp.as_bytes(), after.as_bytes()].concat())?;
    }
}

/// An event, cut where the time stands at which it was sent.
fn around_the_time() -> (String, String) {
    let batch = batch(1, 7);
    let mut event = Vec::new();
    write_event(&mut event, None, Some("1-00000193a1b2c3d4-42"), &batch.to_json());
    let event = String::from_utf8(event).expect("JSON is text");
    let (before, after) = event.split_once(&batch.forwarded_at.to_string()).expect("a batch has the time");
    (before.to_owned(), after.to_owned())
}

fn endless(mut connection: &TcpStream, bytes: usize) -> io::Result<()> {
    let event = Recording::of(1, 1).body;
    let piece = vec![b'x'; 64 * 1024];
    connection.write_all(&event)?;
    connection.write_all(b"data: ")?;
    for _ in 0..bytes / piece.len() {
        connection.write_all(&piece)?;
    }
    connection.write_all(b"\n\n")?;
    connection.write_all(&event)?;
    // The receiver leaves first.
    connection.read_to_end(&mut Vec::new()).map(drop)
}
