//! What travels between an Autoplay connector and its subscribers.

pub mod json;
pub mod sse;
pub mod subscriber;
