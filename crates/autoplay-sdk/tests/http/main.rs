//! What the client promises about HTTP, against servers and proxies that keep the rules and some that break them.

mod certificates;
mod connections;
mod content_types;
mod encodings;
mod http2;
mod interim_answers;
mod on_connect;
mod proxies;
mod redirects;
#[path = "../promises/support.rs"]
mod support;
mod trust;
