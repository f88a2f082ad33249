//! What the clients promise about HTTP, held against the async one with the words of the blocking one.

#[path = "../http/certificates.rs"]
mod certificates;
#[path = "../http/connections.rs"]
mod connections;
#[path = "../http/content_types.rs"]
mod content_types;
#[path = "../http/encodings.rs"]
mod encodings;
#[path = "../http/http2.rs"]
mod http2;
#[path = "../http/interim_answers.rs"]
mod interim_answers;
#[path = "../http/proxies.rs"]
mod proxies;
#[path = "../http/redirects.rs"]
mod redirects;
mod support;
#[path = "../http/trust.rs"]
mod trust;
