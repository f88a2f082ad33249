//! How much memory the client takes when it is given too much.

use std::error::Error;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use autoplay_sdk::{ConnectorClient, Overflow};

use super::Sample;
use super::sample::Clock;

const LIMIT: Duration = Duration::from_mins(1);

/// Waits for the two events around a line that does not end.
pub fn endless_line(address: &str) -> Result<Sample, Box<dyn Error>> {
    let client = ConnectorClient::new(&format!("http://{address}/stream/taskboat"), "uk_live_bench")?;
    let (tell, told) = mpsc::channel();
    client.on_actions(move |_| {
        let _gone = tell.send(());
    });
    let clock = Clock::start();
    let _run = client.run_in_background()?;
    told.recv_timeout(LIMIT)?;
    told.recv_timeout(LIMIT)?;
    if client.stats().oversized != 1 {
        return Err("the endless line was not skipped".into());
    }
    Ok(clock.stop(2))
}

/// Fills the queue behind a callback that does not return.
pub fn full_queue(address: &str) -> Result<Sample, Box<dyn Error>> {
    let url = format!("http://{address}/stream/taskboat");
    let client = ConnectorClient::builder(&url).token("uk_live_bench").overflow(Overflow::Block).build()?;
    client.on_actions(|_| thread::sleep(LIMIT));
    let clock = Clock::start();
    let _run = client.run_in_background()?;
    let deadline = Instant::now() + LIMIT;
    while client.queue_size() < 500 {
        if Instant::now() > deadline {
            return Err("the queue did not fill".into());
        }
        thread::sleep(Duration::from_millis(10));
    }
    // What the reader and the socket take beyond the queue comes too.
    thread::sleep(Duration::from_millis(500));
    Ok(clock.stop(client.queue_size() as u64))
}
