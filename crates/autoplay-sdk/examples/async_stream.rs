//! Asks for one event after the other, and ends after so many: `cargo run --example async_stream -- URL COUNT [TOKEN]`.

use std::error::Error;

use autoplay_sdk::{AsyncConnectorClient, Event};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("the URL of a stream is needed")?;
    let count: usize = arguments.next().ok_or("a count of events is needed")?.parse()?;
    let client = AsyncConnectorClient::new(&url, &arguments.next().unwrap_or_default())?;

    let mut events = client.events()?;
    for _ in 0..count {
        // An error is the last thing that comes: the key is wrong, say. Everything else is tried again.
        let Some(event) = events.next().await.transpose()? else { break };
        match event {
            Event::Actions(batch) => println!("{}", batch.to_text()),
            Event::Summary(summary) => println!("{}", summary.to_text()),
            Event::Gap(gap) => eprintln!("events are missing: {}", gap.reason),
            Event::Other(event) => println!("{}: {}", event.event, event.data),
            _ => {}
        }
    }
    Ok(())
}
