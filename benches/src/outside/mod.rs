//! Whole processes over a loopback socket: one sends what was rendered before, another receives it, and a third, the
//! runner, starts both and writes down what the receiver says.

pub mod latency;
pub mod memory;
mod processes;
pub mod receive;
mod sample;
pub mod send;
mod tables;
pub mod wire;

pub use processes::here;
pub use sample::Sample;
pub use tables::measure;
