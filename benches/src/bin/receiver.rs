//! Receives, and prints what that took.

use std::env;
use std::error::Error;
use std::time::Duration;

use autoplay_benches::outside::{latency, memory, receive};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let sample = match arguments[..] {
        ["bare", address, events, bytes] => receive::bare(address, events.parse()?, bytes.parse()?)?,
        ["loop", address, parser, events] => receive::split_and_parse(address, parser, events.parse()?)?,
        ["memory", actions, parser, events] => receive::in_memory(actions.parse()?, parser, events.parse()?)?,
        ["client", address, events] => receive::client(address, events.parse()?)?,
        ["async", address, events] => receive::async_client(address, events.parse()?)?,
        ["bare-latency", address, events] => latency::bare(address, events.parse()?)?,
        ["latency", address, events] => latency::client(address, events.parse()?)?,
        ["idle", address, seconds] => latency::idle(address, Duration::from_secs(seconds.parse()?))?,
        ["endless-line", address] => memory::endless_line(address)?,
        ["full-queue", address] => memory::full_queue(address)?,
        _ => return Err("receiver HOW …; the runner knows how".into()),
    };
    sample.tell();
    // A callback may be stuck on purpose: nothing is waited for.
    std::process::exit(0);
}
