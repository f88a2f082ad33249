//! Runs the client beside other work: `cargo run --example background -- URL [TOKEN]`. Enter ends it; for Ctrl-C give a
//! `client.stopper()` to its handler.

use std::error::Error;
use std::io::stdin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use autoplay_sdk::ConnectorClient;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("the URL of a stream is needed")?;
    let client = ConnectorClient::new(&url, &arguments.next().unwrap_or_default())?;
    let actions = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&actions);
    client
        .on_actions(move |batch| _ = counted.fetch_add(batch.actions.len(), Relaxed))
        .on_connect(|| println!("connected"))
        .on_disconnect(|| println!("disconnected"));

    let run = client.run_in_background()?;
    if !client.wait_until_connected(Duration::from_secs(10)) && run.is_finished() {
        return Ok(run.join()?);
    }
    // The program's own work goes here.
    stdin().read_line(&mut String::new())?;

    client.stop();
    run.join()?;
    println!("{} actions in {} events", actions.load(Relaxed), client.stats().delivered);
    Ok(())
}
