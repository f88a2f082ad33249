//! How long an event is on its way, from the sender's write to the receiver's code.

use std::error::Error;
use std::io::{self, BufRead};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use autoplay_sdk::ConnectorClient;

use super::Sample;
use super::sample::Clock;
use super::wire::open;

/// The first ones are slower: pages, caches, connections.
const WARM_UP: usize = 200;

/// A reader that blocks on the socket, and looks for nothing but the time.
pub fn bare(address: &str, events: usize) -> io::Result<Sample> {
    let mut body = open(address)?;
    let mut taken = Vec::with_capacity(events);
    let mut line = String::new();
    let clock = Clock::start();
    while taken.len() < events + WARM_UP {
        line.clear();
        body.read_line(&mut line)?;
        if let Some((_, rest)) = line.split_once("\"forwarded_at\":") {
            let stamp = rest.split(',').next().and_then(|stamp| stamp.parse().ok());
            taken.push(since(stamp.unwrap_or_default()));
        }
    }
    Ok(percentiles(clock.stop(events as u64), taken))
}

/// The client, to its callback.
pub fn client(address: &str, events: usize) -> Result<Sample, Box<dyn Error>> {
    let client = ConnectorClient::new(&format!("http://{address}/stream/taskboat"), "uk_live_bench")?;
    let (tell, told) = mpsc::channel();
    let taken = Mutex::new(Vec::with_capacity(events));
    client.on_actions(move |batch| {
        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.push(since(batch.forwarded_at));
        if taken.len() == events + WARM_UP {
            let _gone = tell.send(std::mem::take(&mut *taken));
        }
    });
    let clock = Clock::start();
    let run = client.run_in_background()?;
    let taken = told.recv_timeout(Duration::from_mins(1))?;
    client.stop();
    drop(run);
    Ok(percentiles(clock.stop(events as u64), taken))
}

/// The client with nothing to do but to hear heartbeats, for so long.
pub fn idle(address: &str, time: Duration) -> Result<Sample, Box<dyn Error>> {
    let client = ConnectorClient::new(&format!("http://{address}/stream/taskboat"), "uk_live_bench")?;
    client.on_actions(|_| {});
    let _run = client.run_in_background()?;
    if !client.wait_until_connected(Duration::from_secs(10)) {
        return Err("the client did not connect".into());
    }
    std::thread::sleep(Duration::from_millis(500));
    let clock = Clock::start();
    std::thread::sleep(time);
    Ok(clock.stop(0))
}

/// Microseconds since a moment in Unix seconds; below zero is the clock's own error.
fn since(stamp: f64) -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    ((now.as_secs_f64() - stamp) * 1e6).max(0.0)
}

fn percentiles(sample: Sample, mut taken: Vec<f64>) -> Sample {
    taken.drain(..WARM_UP.min(taken.len()));
    taken.sort_by(f64::total_cmp);
    let at = |part: usize| taken.get((taken.len() * part / 100).min(taken.len().saturating_sub(1))).copied();
    Sample { p50: at(50).unwrap_or(f64::NAN), p99: at(99).unwrap_or(f64::NAN), ..sample }
}

#[cfg(test)]
mod tests {
    use super::{Sample, WARM_UP, percentiles};

    #[test]
    fn percentiles_leave_the_beginning_out() {
        let taken = (0..WARM_UP).map(|_| 1e9).chain((1..=1000).map(f64::from)).collect();
        let sample = percentiles(Sample::default(), taken);
        assert_eq!((sample.p50.round(), sample.p99.round()), (501.0, 991.0));
    }
}
