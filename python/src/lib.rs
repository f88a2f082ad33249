//! The compiled half of the Python package `autoplay_sdk`: it translates, and decides nothing.
//!
//! | module | what it translates |
//! |---|---|
//! | `arrived` | a payload that came, into an object without fields |
//! | `fields` | its fields, when the first of them is read |
//! | `field` | the attribute of a class that notices the first read |
//! | `json` | JSON of unknown shape, for `extra` |
//! | `lenient` | dictionaries of a program's own, by the rules for what comes over the wire |
//! | `events` | events without a payload: raw ones and gaps |
//! | `error` | the SDK's error, into one of the package's exceptions |
//! | `settings` | the arguments of a client's constructor |
//! | `client`, `sessions` | what the threads of a client, or the loop of an async one, ask for |
//! | `parked` | a future, into a thread that waits |
//! | `deliver` | what they get: an event for a callback, a record for a logger |
//! | `records` | the SDK's log, into a list that a thread of Python's empties |
//! | `stats` | what a client has counted |

mod arrived;
mod client;
mod deliver;
mod error;
mod events;
mod field;
mod fields;
mod json;
mod lenient;
mod parked;
mod read;
mod records;
mod sessions;
mod settings;
mod stats;

use pyo3::prelude::*;

/// The compiled half of `autoplay_sdk`. What is public is in the package itself.
#[pymodule(name = "_native")]
mod native {
    #[pymodule_export]
    use crate::{
        arrived::Arrived,
        client::{Changes, Client, Drops, Run, Worker},
        events::{Gap, RawEvent},
        field::Field,
        json::read_json,
        lenient::{read_action, read_actions, read_summary},
        read::read_payload,
        sessions::{Held, Sessions, SessionsClient},
        stats::Stats,
    };

    #[expect(non_upper_case_globals, reason = "Python's name for it")]
    #[pymodule_export]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
