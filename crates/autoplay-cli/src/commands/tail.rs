//! `autoplay tail`: a product's stream in the terminal.

use std::io::ErrorKind;
use std::process::ExitCode;

use anyhow::Context;
use autoplay_sdk::json::Value;
use autoplay_sdk::{AsyncConnectorClient, Event};

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
    /// One JSON document per line, each with the event's `id`: `--since` and an id goes on after that event
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let client = AsyncConnectorClient::builder(&url(args))
        .token(args.token.as_deref().unwrap_or_default())
        .build_async()?;
    let json = args.json;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(async {
        // On a thread of its own: a terminal that is paused blocks it, and Ctrl-C is to be heard then, too.
        let printing = tokio::task::spawn_blocking(move || print_events(&client, json));
        tokio::select! {
            end = printing => Some(end),
            _ = tokio::signal::ctrl_c() => None,
        }
    });
    // What is being printed is not waited for: who pressed Ctrl-C wants the prompt back.
    runtime.shutdown_background();
    if let Some(end) = ended {
        end.context("the thread that prints has ended without a result")??;
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

fn print_events(client: &AsyncConnectorClient, json: bool) -> anyhow::Result<()> {
    let printer = Printer::for_stdout();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut events = client.events()?;
    while let Some(event) = runtime.block_on(events.next()) {
        let event = event?;
        let text = if json { one_line(event, events.last_event_id()) } else { readable(&printer, &event) };
        match printer::write(&text.unwrap_or_default()) {
            Ok(()) => {}
            // `autoplay tail … | head` closes the pipe: that ends the tail, quietly.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => break,
            Err(error) => return Err(error).context("cannot write to standard output"),
        }
    }
    Ok(())
}

/// The event's own document, with its id at the end.
fn one_line(event: Event, id: &str) -> Option<String> {
    let document = match event {
        Event::Actions(batch) => batch.to_json(),
        Event::Summary(summary) => summary.to_json(),
        Event::Gap(gap) => gap.to_json(),
        Event::Other(event) => event.data,
        _ => return None,
    };
    // The client has found it to be an object.
    let Ok(Value::Object(mut document)) = Value::parse(&document) else { return None };
    document.insert("id", id);
    Some(Value::from(document).to_json() + "\n")
}

fn readable(printer: &Printer, event: &Event) -> Option<String> {
    match event {
        Event::Actions(batch) => Some(printer.batch(batch)),
        Event::Summary(summary) => Some(printer.summary(summary)),
        Event::Other(event) => {
            let data = Value::parse(&event.data).ok();
            let kind = data.as_ref().and_then(|data| data.get("type")).and_then(Value::as_str);
            Some(printer.other(kind.unwrap_or(&event.event)))
        }
        // The client's own warnings tell of gaps.
        _ => None,
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
