//! What travels between an Autoplay connector and its subscribers.

pub mod sse;
