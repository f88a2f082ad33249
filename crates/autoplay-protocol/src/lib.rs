//! What travels between an Autoplay connector and its subscribers.

pub mod json;
pub mod payload;
pub mod sse;
pub mod subscriber;
