//! `autoplay serve`: a connector, until it is told to stop.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use autoplay_connector::{Config, Connector, Engine, Flush, Secret};
use clap::ValueEnum;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::LISTEN;

/// Run a connector.
///
/// It prints one line that says where it listens, and goes on until SIGTERM or Ctrl-C: then it takes nothing more in,
/// turns what waits into batches, lets its subscribers go and leaves within ten seconds.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  autoplay serve
  AUTOPLAY_ADMIN_KEY=… autoplay serve --listen 0.0.0.0:8080 --data /var/lib/autoplay")]
pub(crate) struct Args {
    /// Address or host name and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = LISTEN, env = "AUTOPLAY_LISTEN", value_parser = listen)]
    listen: String,
    /// Folder of the event log; made if missing
    #[arg(long, value_name = "DIR", default_value = "autoplay-data", env = "AUTOPLAY_DATA")]
    data: PathBuf,
    /// Where events are kept
    #[arg(long, value_enum, default_value = "sqlite", env = "AUTOPLAY_ENGINE")]
    engine: EngineName,
    /// Key of the management routes. Without it one is made at the first start, printed once and remembered; if it is
    /// lost, start with one given here
    #[arg(long, value_name = "KEY", env = "AUTOPLAY_ADMIN_KEY", hide_env_values = true, value_parser = admin_key)]
    admin_key: Option<String>,
    /// The connector's address as its users write it, for the URLs in its answers
    #[arg(long, value_name = "URL", env = "AUTOPLAY_PUBLIC_URL", value_parser = public_url)]
    public_url: Option<String>,
    /// A session's events become a batch this long after the newest, in milliseconds; 0: at once
    #[arg(long, value_name = "MS", default_value_t = 250, env = "AUTOPLAY_FLUSH_QUIET_MS")]
    flush_quiet_ms: u64,
    /// … and this long after the oldest, in milliseconds, at the latest
    #[arg(long, value_name = "MS", default_value_t = 1_000, env = "AUTOPLAY_FLUSH_LONGEST_MS")]
    flush_longest_ms: u64,
    /// … and as soon as this many actions wait; no batch is larger
    #[arg(long, value_name = "N", default_value_t = 50, env = "AUTOPLAY_FLUSH_ACTIONS",
          value_parser = clap::value_parser!(u32).range(1..=1_000))]
    flush_actions: u32,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum EngineName {
    /// One SQLite file in the folder given by --data
    Sqlite,
    /// In memory, gone when the process ends
    Memory,
}

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    // Every subscriber holds a file descriptor, and the usual soft limit of 1,024 is meant for programs that use
    // select(). Where raising it is not allowed, the limit is as it was.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(args))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(args: Args) -> anyhow::Result<()> {
    // Before anything is announced: a signal that comes right after the announcement must find its handler.
    let shutdown = shutdown()?;
    let listener = TcpListener::bind(&args.listen)
        .await
        .with_context(|| format!("cannot listen on {}: choose another address with --listen", args.listen))?;
    let address = listener.local_addr()?;
    let connector = Connector::open(config(args)).await?;

    // Both lines are the command's result rather than a log, and are there even if logs are filtered.
    let mut out = std::io::stdout();
    if let Some(key) = connector.new_admin_key() {
        writeln!(out, "autoplay: the admin key, shown this once: {}", key.expose())?;
    }
    writeln!(out, "autoplay: listening on http://{address}")?;
    out.flush()?;
    connector.serve(listener, shutdown).await;
    tracing::info!("stopped");
    Ok(())
}

fn listen(text: &str) -> Result<String, String> {
    let port = text.rsplit_once(':').filter(|(host, _)| !host.is_empty() && !host.contains('/'));
    match port.map(|(_, port)| port.parse::<u16>()) {
        Some(Ok(_)) => Ok(text.to_owned()),
        _ => Err("expected an address and a port, such as 0.0.0.0:8080".to_owned()),
    }
}

/// The key travels in a header, which takes no other characters.
fn admin_key(text: &str) -> Result<String, String> {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(text.to_owned());
    }
    Err("a key has no spaces, line breaks or letters beyond ASCII".to_owned())
}

fn public_url(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match host {
        Some(host)
            if !host.is_empty()
                && !text.contains(|char: char| char.is_whitespace() || "?#".contains(char)) =>
        {
            Ok(text.to_owned())
        }
        _ => Err("expected http:// or https://, a host and at most a path".to_owned()),
    }
}

fn config(args: Args) -> Config {
    let mut config = Config::default();
    config.engine = match args.engine {
        EngineName::Sqlite => Engine::Sqlite(args.data),
        EngineName::Memory => Engine::Memory,
    };
    config.admin_key = args.admin_key.filter(|key| !key.is_empty()).map(Secret::new);
    config.public_url = args.public_url;
    config.flush = Flush {
        quiet: Duration::from_millis(args.flush_quiet_ms),
        longest: Duration::from_millis(args.flush_longest_ms),
        actions: args.flush_actions as usize,
    };
    config
}

/// Ready at the first SIGTERM or Ctrl-C. A second one ends the process at once: nothing acknowledged is lost by that.
fn shutdown() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        tokio::spawn(async move {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
            std::process::exit(130);
        });
    })
}
