//! What the raw layer promises, for its stream and its iterator alike.

mod arguments;
mod ends;
mod items;
mod over_tls;
mod pace;
mod reconnects;
mod requests;
mod socks;
mod support;
#[path = "../http/trust.rs"]
mod trust;
