//! The connector: takes in what browsers send, turns it into readable UI actions, and streams them.
//!
//! It is a library so that a test, a demo or another program can run one inside itself; the command `autoplay serve`
//! does little more than read arguments and call [`Connector::serve`] with a listener and a signal to stop.
//!
//! ```no_run
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use autoplay_connector::{Config, Connector, Engine};
//!
//! let mut config = Config::default();
//! config.engine = Engine::Sqlite("data".into());
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! let connector = Connector::open(config).await?;
//! connector.serve(listener, std::future::pending()).await;
//! # Ok(())
//! # }
//! ```
//!
//! # The way of an event
//!
//! A route verifies and decodes a request ([`posthog`], [`webhook`]) into [`browser_event::BrowserEvent`]s. They are
//! accepted in one durable transaction of the log (that is the 2xx) and wait there for the flush of their session, when
//! [`actions::extract`] makes a batch of them. What is durable goes to every subscriber; who is slow reads the log.
//!
//! The parts without I/O are public, for whoever wants actions without a server: decoding ([`posthog`], [`webhook`]),
//! chains of elements ([`elements`]), page names and canonical URLs ([`page`]), actions ([`actions`]), summaries
//! ([`summary`]).
//!
//! # What it promises
//!
//! - What was answered with 2xx is on disk and reaches every subscriber that asks for it, once and in order, whatever is
//!   killed in between.
//! - Subscribers only ever see what is durable. An id that was shown never means something else.
//! - A subscriber that comes back with its last id continues exactly there, or is told of a gap.
//! - A slow subscriber costs nobody anything.
//! - Nobody reads or writes a product without its key.

pub mod actions;
mod bounds;
pub mod browser_event;
mod clock;
mod config;
pub mod elements;
mod hub;
mod identity;
mod ingest;
mod left_out;
mod occasionally;
mod on_change;
pub mod page;
mod percent;
pub mod posthog;
mod problem;
mod products;
mod readiness;
mod room;
mod routes;
mod secret;
mod segment;
mod server;
mod sessions;
mod stream;
pub mod summary;
mod target;
mod text;
mod timestamp;
pub mod webhook;
mod wording;

pub use clock::Clock;
pub use config::{Config, Engine, Flush, Summaries};
pub use ingest::Counters;
pub use secret::Secret;
pub use server::{Connector, StartError};
