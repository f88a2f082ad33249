//! Writes every batch to a file, and goes on where it was after a restart or a crash:
//! `cargo run --example checkpointed_worker -- URL CHECKPOINT OUTPUT`.
//!
//! Every event comes at least once. After a crash the last ones come again, so what is done with them should be fit to be
//! done twice; here the index of the first action shows what was there already.

use std::error::Error;
use std::fs::File;
use std::io::Write;

use autoplay_sdk::ConnectorClient;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, checkpoint, output] = &arguments[..] else {
        return Err("URL, CHECKPOINT and OUTPUT are needed".into());
    };
    let output = File::options().create(true).append(true).open(output)?;
    let client = ConnectorClient::builder(url).checkpoint(checkpoint).build()?;
    client.on_actions(move |batch| {
        let (session, first) = (batch.session_id.as_deref().unwrap_or("-"), batch.actions.first());
        let line = format!("{session} {}\n", first.map_or(0, |action| action.index));
        // The event counts as settled when this returns; what must not be lost is on disk by then.
        if let Err(error) = (&output).write_all(line.as_bytes()).and_then(|()| output.sync_data()) {
            eprintln!("the output can't be written: {error}");
            std::process::exit(1);
        }
    });
    client.run()?;
    Ok(())
}
