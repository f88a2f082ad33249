//! Keeps what slow callbacks did not get to: `cargo run --example dead_letters -- URL FILE`. `autoplay_sdk::Payload::read`
//! makes batches and summaries of its lines again.

use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::thread;
use std::time::Duration;

use autoplay_sdk::ConnectorClient;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, dead_letters] = &arguments[..] else { return Err("URL and FILE are needed".into()) };
    let dead_letters = File::options().create(true).append(true).open(dead_letters)?;
    // What is dropped is wanted later, so there is no point in waiting for a slow model with a full queue.
    let client = ConnectorClient::builder(url).max_queue_size(10).max_lag(Duration::ZERO).build()?;
    client.on_actions(|batch| {
        // A model that takes its time.
        thread::sleep(Duration::from_millis(200));
        println!("{}", batch.to_text());
    });
    // On a thread of its own, so it is told while the model is at work.
    client.on_drop(move |event, total| {
        let line = format!("{}\n", event.data.replace('\n', " "));
        if let Err(error) = (&dead_letters).write_all(line.as_bytes()) {
            eprintln!("{total} dropped so far, and the last can't be kept: {error}");
        }
    });
    client.run()?;
    Ok(())
}
