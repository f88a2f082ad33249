//! What happens within one thread: splitting a stream into events, and reading their JSON.

pub mod decoders;
pub mod limits;
pub mod parsers;
mod tables;

pub use tables::{PARSERS, measure};
