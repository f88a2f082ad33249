//! The suite's part, played by these tests: both clients are started, driven and watched from outside.

mod callbacks;
mod conformance;
mod harness;
mod lifecycle;
mod parsing;
mod reconnects;
mod requests;
mod service;
