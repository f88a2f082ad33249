//! A thousand runs and stops leave no thread, no socket and no memory behind.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use autoplay_sdk::{Builder, ConnectorClient};
use autoplay_testkit::{Authority, TlsFront};

const LIMIT: Duration = Duration::from_secs(10);
const RUNS: usize = 1_000;
/// By then every lazy table is built and the allocator has its pools.
const WARM_UP: usize = 300;
/// What the allocator may keep for itself; 2 KiB lost with each run would be as much.
const NOISE: usize = 2 * 1024 * 1024;

/// A server that sends one batch to whoever comes, and waits until they leave. Unlike the fault server it remembers
/// nothing.
fn server() -> SocketAddr {
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n\
        id: 1\ndata: {\"type\":\"actions\",\"session_id\":\"s\",\"count\":0,\"actions\":[]}\n\n";
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut request = [0; 4096];
            if client.read(&mut request).is_ok() && client.write_all(ANSWER).is_ok() {
                while matches!(client.read(&mut request), Ok(1..)) {}
            }
        }
    });
    addr
}

/// What a process has: threads, open files, and bytes of memory that are in use.
#[derive(Debug, Clone, Copy)]
struct Holdings {
    threads: usize,
    files: usize,
    memory: usize,
}

impl Holdings {
    fn now() -> Self {
        let count = |folder| fs::read_dir(folder).unwrap().count();
        let pages = fs::read_to_string("/proc/self/statm").unwrap();
        let resident: usize = pages.split(' ').nth(1).unwrap().parse().unwrap();
        Self { threads: count("/proc/self/task"), files: count("/proc/self/fd"), memory: resident * 4096 }
    }

    /// What there is when nothing more goes: threads and sockets take a moment after whoever waits for them was told.
    fn settled() -> Self {
        const CALM: Duration = Duration::from_millis(100);
        let (mut holdings, mut since, start) = (Self::now(), Instant::now(), Instant::now());
        while since.elapsed() < CALM && start.elapsed() < LIMIT {
            thread::sleep(Duration::from_millis(5));
            let now = Self::now();
            if (now.threads, now.files) != (holdings.threads, holdings.files) {
                since = Instant::now();
            }
            holdings = now;
        }
        holdings
    }
}

/// Runs `once` a thousand times, and compares.
fn assert_nothing_stays(once: impl Fn()) {
    (0..WARM_UP).for_each(|_| once());
    let before = Holdings::settled();
    (0..RUNS).for_each(|_| once());
    let after = Holdings::settled();
    assert!(after.threads <= before.threads, "threads: {before:?}, then {after:?}");
    assert!(after.files <= before.files, "sockets: {before:?}, then {after:?}");
    assert!(after.memory <= before.memory + NOISE, "memory: {before:?}, then {after:?}");
}

fn run_until_the_first_batch(client: &ConnectorClient) {
    let (sender, received) = mpsc::channel();
    client.on_actions(move |_| _ = sender.send(()));
    let run = client.run_in_background().unwrap();
    received.recv_timeout(LIMIT).unwrap();
    client.stop();
    run.join().unwrap();
}

fn builder(url: &str) -> Builder {
    ConnectorClient::builder(url).token("uk_live_secret")
}

#[test]
fn runs_of_one_client() {
    let client = builder(&format!("http://{}/s", server())).workers(3).build().unwrap();
    assert_nothing_stays(|| run_until_the_first_batch(&client));
}

#[test]
fn clients_that_run_once_over_tls() {
    let authority = Authority::new();
    let path = temporary("leaks.pem");
    fs::write(&path, authority.pem()).unwrap();
    let front = TlsFront::http2(server(), authority.issue("127.0.0.1"));
    let url = front.url("127.0.0.1", "/s");
    assert_nothing_stays(|| {
        run_until_the_first_batch(&builder(&url).ca_file(&path).build().unwrap());
    });
    fs::remove_file(path).unwrap();
}

#[test]
fn clients_with_a_checkpoint_that_are_dropped_while_they_run() {
    let url = format!("http://{}/s", server());
    let path = temporary("leaks.json");
    assert_nothing_stays(|| {
        let client = builder(&url).checkpoint(&path).build().unwrap();
        let run = client.run_in_background().unwrap();
        assert!(client.wait_until_connected(LIMIT));
        drop(client);
        run.join().unwrap();
    });
    for name in ["leaks.json", "leaks.json.lock"] {
        fs::remove_file(temporary(name)).unwrap();
    }
}

#[test]
fn clients_that_never_run_and_attempts_that_fail() {
    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let url = format!("http://{nobody}/s");
    assert_nothing_stays(|| {
        drop(builder(&url).build().unwrap());
        builder(&url).max_retries(0).build().unwrap().run().unwrap_err();
    });
}

#[test]
fn async_clients_that_are_stopped_or_dropped() {
    let url = format!("http://{}/s", server());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_nothing_stays(|| {
        runtime.block_on(async {
            let client = builder(&url).build_async().unwrap();
            let stopper = client.stopper();
            client.on_actions(move |_| {
                let stopper = stopper.clone();
                async move { stopper.stop() }
            });
            client.run().await.unwrap();
            let client = builder(&url).build_async().unwrap();
            let dropped = client.run_in_background().unwrap();
            assert!(client.wait_until_connected(LIMIT).await);
            dropped.abort();
            _ = dropped.join().await;
        });
    });
}

fn temporary(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("autoplay-sdk-{}-{name}", std::process::id()))
}
