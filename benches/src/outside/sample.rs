use std::fs;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use serde::{Deserialize, Serialize};

/// What a receiver says at its end.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Sample {
    /// How many events were counted.
    pub events: u64,
    /// How long it took.
    pub seconds: f64,
    /// The CPU time of the whole process meanwhile.
    pub cpu_seconds: f64,
    /// The most memory that the process ever had, in KiB.
    pub peak_kib: u64,
    /// Events that were dropped; there must be none.
    pub dropped: u64,
    /// The time from sending to callback in µs: half of the events took no longer,
    pub p50: f64,
    /// and of a hundred, 99.
    pub p99: f64,
}

impl Sample {
    /// Events per second.
    pub fn rate(&self) -> f64 {
        self.events as f64 / self.seconds
    }

    /// Says it, for the runner.
    pub fn tell(&self) {
        println!("{}", serde_json::to_string(self).unwrap_or_default());
    }
}

/// What a measurement is taken with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    time: Instant,
    cpu: ProcessTime,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { time: Instant::now(), cpu: ProcessTime::now() }
    }

    pub(super) fn stop(self, events: u64) -> Sample {
        let [seconds, cpu_seconds] =
            [self.time.elapsed(), self.cpu.elapsed()].map(|time: Duration| time.as_secs_f64());
        Sample { events, seconds, cpu_seconds, peak_kib: peak_kib(), ..Sample::default() }
    }
}

/// The most memory that this process ever had.
pub(super) fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok()).unwrap_or(0)
}
