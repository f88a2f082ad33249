//! Tries every order in which the threads of the client can meet, with loom, up to a number of preemptions.
//!
//! The files are those of the SDK; only what they take from [`sync`] is another. `make loom` runs it.
#![expect(dead_code, reason = "each model uses a part of the files only")]

#[path = "../../crates/autoplay-sdk/src/backlog/mod.rs"]
mod backlog;
#[path = "../../crates/autoplay-sdk/src/blanks.rs"]
mod blanks;
mod checkpoint;
#[path = "../../crates/autoplay-sdk/src/connection.rs"]
mod connection;
mod models;
#[path = "../../crates/autoplay-sdk/src/notices.rs"]
mod notices;
#[path = "../../crates/autoplay-sdk/src/place.rs"]
mod place;
#[path = "../../crates/autoplay-sdk/src/queue.rs"]
mod queue;
#[path = "../../crates/autoplay-sdk/src/queued.rs"]
mod queued;
mod raw;
#[path = "../../crates/autoplay-sdk/src/raw/event.rs"]
mod raw_event;
#[path = "../../crates/autoplay-sdk/src/stop.rs"]
mod stop;
mod sync;
#[path = "../../crates/autoplay-sdk/src/throttle.rs"]
mod throttle;
#[path = "../../crates/autoplay-sdk/src/workers.rs"]
mod workers;

use std::time::{Duration, Instant};

use raw_event::RawEvent;

/// What ends a subscription, here a name only.
#[derive(Debug)]
struct Error;

/// A model that is not through by then has been tried in as many orders as there was time for.
const TIME_FOR_EACH: Duration = Duration::from_secs(60);

const PREEMPTIONS: usize = 3;

fn main() {
    for (promise, model) in models::ALL {
        let start = Instant::now();
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(PREEMPTIONS);
        builder.max_branches = 10_000;
        builder.max_duration = Some(TIME_FOR_EACH);
        builder.check(model);
        println!("{promise}: {:.1} s", start.elapsed().as_secs_f64());
    }
}
