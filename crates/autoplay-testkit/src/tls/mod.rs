//! TLS and HTTP/2 in front of a server that knows neither.

mod authority;
mod front;
mod http2;

pub use authority::{Authority, Certificate};
pub use front::TlsFront;
