//! Subscribes to an Autoplay connector and calls your code with what users are doing right now.

mod address;
mod builder;
mod callbacks;
mod client;
mod counters;
mod driver;
mod drops;
mod error;
pub mod http;
mod intake;
mod queue;
mod raw;
mod redirect;
mod run;
mod secret;
mod settings;
mod shared;
mod stop;
mod throttle;
mod tls;
mod transport;
mod worker;

pub use autoplay_protocol::payload::{ActionsPayload, Gap, SlimAction, SummaryPayload};
pub use builder::Builder;
pub use client::{BackgroundRun, ConnectorClient, Stopper};
pub use counters::Stats;
pub use error::{Error, ErrorKind};
pub use raw::RawEvent;
