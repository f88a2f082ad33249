//! `kill -9` of a client with a checkpoint, again and again: every event at least once, in order, none lost.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use autoplay_sdk::ConnectorClient;
use autoplay_testkit::{Process, Random};
use tempfile::TempDir;

use crate::support::batch;

const ROUNDS: u64 = 25;
const EVENTS: usize = 6_000;

/// Where the child finds its stream and its folder.
const ORDER: &str = "AUTOPLAY_SDK_TEST_KILL";

#[test]
#[ignore = "has a meaning only as the child of the test below"]
fn deliver_until_killed() {
    let Ok(order) = std::env::var(ORDER) else { return };
    let (url, folder) = order.split_once(' ').unwrap();
    let folder = Path::new(folder);
    let log = File::options().append(true).create(true).open(folder.join("delivered")).unwrap();
    let client = ConnectorClient::builder(url).checkpoint(folder.join("place")).build().unwrap();
    client.on_actions(move |batch| {
        let line = format!("{}\n", batch.session_id.unwrap());
        (&log).write_all(line.as_bytes()).unwrap();
    });
    client.run().unwrap();
}

#[test]
fn every_event_is_delivered_at_least_once_and_in_order() {
    let folder = TempDir::new().unwrap();
    let url = serve();
    let mut random = Random::new(9);
    let delivered = || fs::read_to_string(folder.path().join("delivered")).unwrap_or_default();
    let mut starts = vec![0];
    for _ in 0..ROUNDS {
        let mut child = start(&url, folder.path());
        thread::sleep(Duration::from_millis(random.below(400) as u64));
        child.kill();
        starts.push(delivered().lines().count());
    }
    let mut last = start(&url, folder.path());
    let begun = Instant::now();
    while delivered().lines().last() != Some(EVENTS.to_string().as_str()) {
        assert!(begun.elapsed() < Duration::from_mins(1), "{}", last.stderr());
        thread::sleep(Duration::from_millis(10));
    }
    last.kill();
    check(&delivered(), &starts);
}

/// Each child's numbers follow one another, and begin no later than after those of the one before.
fn check(delivered: &str, starts: &[usize]) {
    let numbers: Vec<usize> = delivered.lines().map(|line| line.parse().unwrap()).collect();
    let mut reached = 0;
    for (at, &number) in numbers.iter().enumerate() {
        if starts.contains(&at) {
            assert!(number <= reached + 1, "{number} comes after {reached}: something is lost");
        } else {
            assert_eq!(number, numbers[at - 1] + 1, "in order");
        }
        reached = reached.max(number);
    }
    assert_eq!(reached, EVENTS);
    let again = numbers.len() - EVENTS;
    assert!(again < EVENTS * 2, "{again} came again: the place was hardly ever kept");
}

fn start(url: &str, folder: &Path) -> Process {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "--ignored", "kill::deliver_until_killed"]);
    command.env(ORDER, format!("{url} {}", folder.display()));
    Process::start(command)
}

/// A server that has all events for ever, and sends those after the id that it is told, none too fast.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/stream/p", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            // The client may be killed at any time.
            thread::spawn(move || _ = answer(stream));
        }
    });
    url
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut done = 0;
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?.to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(id) = line.strip_prefix("last-event-id:") {
            done = id.trim().parse().expect("ids are numbers");
        }
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")?;
    for number in done + 1..=EVENTS {
        stream.write_all(batch(number).as_bytes())?;
        if number % 10 == 0 {
            thread::sleep(Duration::from_millis(2));
        }
    }
    thread::sleep(Duration::from_mins(1));
    Ok(())
}
