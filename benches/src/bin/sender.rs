//! Sends what was rendered before. It prints its address, and ends when its standard input does.

use std::env;
use std::error::Error;
use std::time::Duration;

use autoplay_benches::outside::send::Sending;
use autoplay_benches::outside::wire::Framing;

const USAGE: &str = "sender flood ACTIONS plain|chunked, burst ACTIONS plain|chunked EVENTS, paced PER_SECOND, heartbeats, or endless BYTES";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let sending = match arguments[..] {
        ["flood", actions, framing] => {
            Sending::flood(actions.parse()?, Framing::named(framing).ok_or(USAGE)?)
        }
        ["burst", actions, framing, events] => {
            let framing = Framing::named(framing).ok_or(USAGE)?;
            Sending::burst(actions.parse()?, framing, events.parse()?)
        }
        ["paced", rate] => Sending::Paced { interval: Duration::from_secs(1) / rate.parse()? },
        ["heartbeats"] => Sending::Heartbeats,
        ["endless", bytes] => Sending::Endless { bytes: bytes.parse()? },
        _ => return Err(USAGE.into()),
    };
    Ok(sending.serve()?)
}
