//! How fast the client is, measured beside its rivals.
//!
//! | module | what is in it |
//! |---|---|
//! | [`payloads`] | the events that everything here is measured with |
//! | [`rounds`] | rivals taking turns, and the median of what each of them needed |
//! | [`inside`] | decoders and JSON parsers within one thread, by CPU time |
//! | [`outside`] | whole processes: a sender, and receivers of several kinds |
//! | [`report`] | tables, plot, and the machine they are from |
//!
//! `cargo run --release` measures all of it and writes `results/`; `cargo bench` looks closer at what is inside.

pub mod inside;
pub mod outside;
pub mod payloads;
pub mod report;
pub mod rounds;
