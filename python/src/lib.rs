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

mod arrived;
mod error;
mod events;
mod field;
mod fields;
mod json;
mod lenient;
mod read;

use pyo3::prelude::*;

/// The compiled half of `autoplay_sdk`. What is public is in the package itself.
#[pymodule(name = "_native")]
mod native {
    #[pymodule_export]
    use crate::{
        arrived::Arrived,
        events::{Gap, RawEvent},
        field::Field,
        json::read_json,
        lenient::{read_action, read_actions, read_summary},
        read::read_payload,
    };

    #[expect(non_upper_case_globals, reason = "Python's name for it")]
    #[pymodule_export]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
