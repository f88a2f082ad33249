//! Prints what users do, as it happens: `cargo run --example print_events -- URL [TOKEN]`.

use std::error::Error;

use autoplay_sdk::ConnectorClient;

fn main() -> Result<(), Box<dyn Error>> {
    // What the client says of its connection: a server that can't be reached is tried again, and no error.
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("the URL of a stream is needed")?;
    let client = ConnectorClient::new(&url, &arguments.next().unwrap_or_default())?;
    client
        .on_actions(|batch| println!("{}\n", batch.to_text()))
        .on_summary(|summary| println!("{}\n", summary.to_text()))
        .on_drop(|event, total| eprintln!("dropped event {} ({total} in all)", event.id))
        .on_gap(|gap| eprintln!("events are missing: {}", gap.reason));
    client.run()?;
    Ok(())
}
