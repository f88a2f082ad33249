//! `autoplay tail`: a product's stream in the terminal.

use std::io::ErrorKind;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use autoplay_protocol::json::Value;
use autoplay_sdk::{ConnectorClient, Error, Overflow};

use crate::printer::{self, Printer};

/// Print a product's stream as it happens, until Ctrl-C.
///
/// A lost connection is opened again, and goes on where it was.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  AUTOPLAY_APP_UNKEY_TOKEN=uk_live_… autoplay tail http://127.0.0.1:8080/stream/shop
  autoplay tail http://127.0.0.1:8080/stream/shop --since earliest --json | jq .actions[].title")]
pub(crate) struct Args {
    /// The stream, as `autoplay product add` shows it
    url: String,
    /// The product's API key
    #[arg(long, value_name = "KEY", env = "AUTOPLAY_APP_UNKEY_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Begin with an event id, with `earliest`, or with a Unix time in seconds; otherwise with what happens next
    #[arg(long, value_name = "WHERE", value_parser = since)]
    since: Option<String>,
    /// One JSON document per line
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let client = ConnectorClient::builder(&url(args))
        .token(args.token.as_deref().unwrap_or_default())
        .overflow(Overflow::Block)
        .build()?;
    let client = Arc::new(client);
    print_events(&client, args.json);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let running = client.run_in_background()?;
    let ended = runtime.block_on(async {
        let end = tokio::task::spawn_blocking(move || running.join());
        tokio::select! {
            end = end => Some(end),
            _ = tokio::signal::ctrl_c() => None,
        }
    });
    client.stop();
    // What is still in a callback is not waited for: who pressed Ctrl-C wants the prompt back.
    runtime.shutdown_background();
    if let Some(end) = ended {
        let end: Result<(), Error> = end.context("the client's thread ended without a result")?;
        end?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The connector says the same, but a wrong word is better refused before anything is tried.
fn since(text: &str) -> Result<String, String> {
    let is_time = text.parse::<f64>().is_ok_and(|seconds| seconds.is_finite() && seconds >= 0.0);
    if text == "earliest" || text.starts_with("1-") || is_time {
        return Ok(text.to_owned());
    }
    Err("expected an event id, `earliest`, or a Unix time in seconds".to_owned())
}

fn url(args: &Args) -> String {
    let Some(since) = &args.since else {
        return args.url.clone();
    };
    let separator = if args.url.contains('?') { '&' } else { '?' };
    format!("{}{separator}since={}", args.url, percent_encoded(since))
}

/// Whatever was typed stays one value: `&` begins no other parameter and `#` no fragment.
fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

fn print_events(client: &Arc<ConnectorClient>, json: bool) {
    let printer = Printer::for_stdout();
    let out = |client: &Arc<ConnectorClient>| {
        let stopper = client.stopper();
        move |text: String| {
            if let Err(error) = printer::write(&text) {
                // `autoplay tail … | head` closes the pipe: that ends the tail, quietly.
                if error.kind() != ErrorKind::BrokenPipe {
                    eprintln!("autoplay: cannot write to standard output: {error}");
                }
                stopper.stop();
            }
        }
    };
    let (batches, summaries, gaps, others) = (out(client), out(client), out(client), out(client));
    client.on_actions(move |batch| {
        batches(if json { batch.to_json() + "\n" } else { printer.batch(&batch) });
    });
    client.on_summary(move |summary| {
        summaries(if json { summary.to_json() + "\n" } else { printer.summary(&summary) });
    });
    client.on_event(move |event| {
        // The client has found its data to be an object.
        let Ok(data) = Value::parse(&event.data) else { return };
        let kind = data.get("type").and_then(Value::as_str).unwrap_or(&event.event);
        others(if json { data.to_json() + "\n" } else { printer.other(kind) });
    });
    // To a person, the client's own warnings tell of gaps and of dropped events.
    if json {
        client.on_gap(move |gap| gaps(gap.to_json() + "\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_stays_one_value_whatever_is_typed() {
        let args = |url: &str, since: &str| Args {
            url: url.to_owned(),
            token: None,
            since: Some(since.to_owned()),
            json: false,
        };
        assert_eq!(url(&args("http://h/s", "1-00ff-7")), "http://h/s?since=1-00ff-7");
        assert_eq!(url(&args("http://h/s?a=1", "é b&c=d#e")), "http://h/s?a=1&since=%C3%A9%20b%26c%3Dd%23e");
    }
}
