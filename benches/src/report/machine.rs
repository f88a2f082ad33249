use std::process::Command;
use std::{fs, thread};

use serde::Serialize;

/// The machine, and the versions of what is compared.
#[derive(Debug, Serialize)]
pub struct Machine {
    processor: String,
    cores: usize,
    kernel: String,
    compiler: String,
    commit: String,
    /// Processes that were running or waiting for a processor when the run began: others share the machine.
    load: String,
    rivals: Vec<String>,
}

/// Whose versions matter.
const RIVALS: [&str; 7] =
    ["eventsource-stream", "memchr", "serde_json", "simd-json", "sonic-rs", "sse-stream", "sseer"];

impl Machine {
    /// This one, now.
    #[must_use]
    pub fn here() -> Self {
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            processor: model.unwrap_or("unknown").to_owned(),
            cores: thread::available_parallelism().map_or(1, Into::into),
            kernel: said("uname", &["-sr"]),
            compiler: said("rustc", &["--version"]),
            commit: said("git", &["rev-parse", "--short", "HEAD"]),
            load: load.split(' ').next().unwrap_or("unknown").to_owned(),
            rivals: RIVALS.into_iter().filter_map(locked).collect(),
        }
    }

    pub(super) fn markdown(&self) -> String {
        let Self { processor, cores, kernel, compiler, commit, load, rivals } = self;
        let rivals = rivals.join(", ");
        format!(
            "{processor}, {cores} cores, shared with others (load when the run began: {load}); {kernel}; {compiler}; \
             commit {commit}.\nCompared with: {rivals}.\n"
        )
    }
}

/// The name and the version that the lock file has.
fn locked(name: &str) -> Option<String> {
    let lock = include_str!("../../Cargo.lock");
    let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    let (version, _) = rest.split_once('"')?;
    Some(format!("{name} {version}"))
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text =
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    if text.is_empty() { "unknown".to_owned() } else { text }
}
