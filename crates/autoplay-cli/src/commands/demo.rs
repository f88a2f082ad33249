//! `autoplay demo`: real recorded traffic through a connector and a client, in under a minute.

mod ledger;
mod recording;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use autoplay_connector::{Clock, Config, Connector, Engine, Secret};
use autoplay_log::{Log, Options, SqliteLog};
use autoplay_sdk::ConnectorClient;
use autoplay_sdk::http::{HttpClient, Request};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use self::ledger::Ledger;
use self::recording::Recorded;
use crate::printer::{self, Printer};

/// Play ten recorded browser sessions through a connector and a client.
///
/// A connector starts on a free port of this machine, with its log in a temporary folder. It is sent what real browsers
/// sent, byte for byte, ten times as fast, while a client prints what it makes of it. Nothing leaves the machine. It
/// ends by itself; the status is 1 if anything was lost.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

const SPEED: u32 = 10;
const PRODUCT: &str = "taskboat";
/// How long the client may take for what is under way when everything has been sent.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn run(_args: &Args) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(demo())
}

async fn demo() -> anyhow::Result<ExitCode> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let (origin_ms, requests) = recording::read()?;
    let printer = Arc::new(Printer::for_stdout());

    let admin_key = "ak_demo";
    let mut config = Config::default();
    config.engine = Engine::Sqlite(folder.path().to_owned());
    config.admin_key = Some(Secret::new(admin_key));
    config.clock = Clock::scaled(origin_ms, SPEED);
    let started = Instant::now();
    let connector = Connector::open(config).await?;
    let counters = connector.counters();
    let listener = TcpListener::bind("127.0.0.1:0").await.context("cannot listen on the loopback")?;
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(connector.serve(listener, async { drop(stopped.await) }));

    let http = HttpClient::new()?;
    let product = register(&http, address, admin_key).await?;
    let field = |name: &str| product[name].as_str().with_context(|| format!("the connector gave no {name}"));
    let stream_url = field("stream_url")?;
    show(&format!(
        "{} requests, as browsers sent them, go to a connector on this machine, {SPEED} times as fast.\n\
         What its stream says of each session: the action's number, its type, and what the user did.\n{}\n\n",
        requests.len(),
        printer.faint(stream_url)
    ));

    let ledger = Arc::new(Ledger::default());
    let client = subscribe(stream_url, field("unkey_key")?, &ledger, &printer)?;
    let running = client.run_in_background()?;
    replay(&http, address, started, requests).await?;

    // The connector flushes what waits, sends it, and ends the streams: after that the log is complete.
    let _ = stop.send(());
    serving.await?;
    let stored = stored(folder.path())?;
    wait_for_delivery(&ledger, stored.len()).await;
    client.stop();
    tokio::task::spawn_blocking(move || running.join()).await??;

    let received = counters.accepted() + counters.filtered() + counters.duplicates();
    let lost = ledger.missing(&stored);
    let outcome = if lost == 0 { "nothing was lost" } else { "SOMETHING WAS LOST" };
    show(&format!(
        "\nWhat is in the log was compared with what the callbacks got: {outcome}. The README goes on with your own product.\n\
         demo: in={received} {} dropped={} lost={lost}\n",
        ledger.figures(),
        client.dropped_count()
    ));
    Ok(if lost == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn register(http: &HttpClient, address: SocketAddr, admin_key: &str) -> anyhow::Result<Value> {
    let body = json!({
        "product_id": PRODUCT,
        "contact_email": "owner@example.com",
        "project_keys": recording::PROJECT_KEYS,
    });
    let request = Request::new("POST", &format!("http://{address}/products"))
        .header("X-Admin-Key", admin_key)
        .header("Content-Type", "application/json")
        .body(body.to_string());
    let answer = http.send(request).await?;
    ensure!(answer.status == 201, "the connector refused the product with status {}", answer.status);
    Ok(serde_json::from_slice(&answer.body)?)
}

fn subscribe(
    url: &str,
    key: &str,
    ledger: &Arc<Ledger>,
    printer: &Arc<Printer>,
) -> anyhow::Result<Arc<ConnectorClient>> {
    // From the beginning, so that it does not matter whether the client or the first event is faster.
    let client = ConnectorClient::new(&format!("{url}?since=earliest"), key)?;
    let (batches, summaries) = (Arc::clone(ledger), Arc::clone(ledger));
    let (printing, printer) = (Arc::clone(printer), Arc::clone(printer));
    client.on_actions(move |batch| {
        show(&printing.batch(&batch));
        batches.batch(&batch);
    });
    client.on_summary(move |summary| {
        show(&printer.summary(&summary));
        summaries.summary(&summary);
    });
    Ok(Arc::new(client))
}

/// `autoplay demo | head` closes the pipe: the demo goes on to its end, unseen.
fn show(text: &str) {
    let _ = printer::write(text);
}

/// Sends each request at its time. One after the other: the order of arrival is part of the recording.
async fn replay(
    http: &HttpClient,
    address: SocketAddr,
    started: Instant,
    requests: Vec<Recorded>,
) -> anyhow::Result<()> {
    for recorded in requests {
        tokio::time::sleep_until((started + recorded.after / SPEED).into()).await;
        let mut request = Request::new(&recorded.method, &format!("http://{address}{}", recorded.target));
        for (name, value) in &recorded.headers {
            request = request.header(name, value);
        }
        let answer = http.send(request.body(recorded.body)).await?;
        ensure!(
            matches!(answer.status, 200 | 204),
            "{} {} was answered with {}",
            recorded.method,
            recorded.target,
            answer.status
        );
    }
    Ok(())
}

/// All events of the log, as their JSON.
fn stored(folder: &std::path::Path) -> anyhow::Result<Vec<String>> {
    let log = SqliteLog::open(folder, Options::default())?;
    let mut documents = Vec::new();
    let mut position = autoplay_log::Sequence::START;
    loop {
        let records = log.read(PRODUCT, position, autoplay_log::ReadLimit::default())?;
        let Some(last) = records.last() else {
            return Ok(documents);
        };
        position = last.sequence;
        documents.extend(records.iter().map(|record| String::from_utf8_lossy(&record.body).into_owned()));
    }
}

async fn wait_for_delivery(ledger: &Ledger, count: usize) {
    let deadline = Instant::now() + PATIENCE;
    while ledger.delivered() < count && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
