//! Prints what any endpoint of server-sent events says: `cargo run --example any_endpoint -- URL [METHOD [BODY]]`.

use std::error::Error;

use autoplay_sdk::raw::{Endpoint, Item};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("the URL of an endpoint is needed")?;
    let mut endpoint = Endpoint::new(&url);
    if let Some(method) = arguments.next() {
        endpoint = endpoint.method(&method);
    }
    if let Some(body) = arguments.next() {
        endpoint = endpoint.header("Content-Type", "application/json").body(body);
    }
    for item in endpoint.subscribe_blocking()? {
        match item? {
            Item::Opened => eprintln!("connected"),
            Item::Event(event) => println!("{} [{}] {}", event.event, event.id, event.data),
            Item::Comment(text) => eprintln!(": {text}"),
            Item::Lost(lost) => eprintln!("{lost}; again in {:.1?}", lost.retry_in),
            Item::Oversized { bytes, .. } => eprintln!("an event of {bytes} bytes was passed over"),
            _ => {}
        }
    }
    Ok(())
}
