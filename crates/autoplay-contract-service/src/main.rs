//! A service by which the public, language-neutral SSE contract suite (`sse-contract-tests`) drives the raw layer of
//! `autoplay-sdk`, in its async or its blocking form:
//!
//! ```text
//! sse-contract-service --client async --listen 127.0.0.1:8000 &
//! sse-contract-tests --url http://127.0.0.1:8000 --stop-service-at-end
//! ```
//!
//! | request | does |
//! |---|---|
//! | `GET /` | tells the capabilities |
//! | `POST /` | starts a stream by [`parameters`]; `Location` names it |
//! | `POST <Location>` | sends it a [`command`] |
//! | `DELETE <Location>` | stops it: no callback comes after the answer |
//! | `DELETE /` | stops everything and ends the service |
//!
//! What a stream receives is told by POSTs to its `callbackUrl`, numbered from 1 and one at a time ([`callbacks`]): so
//! the suite's pace is the reader's pace.

mod callbacks;
mod command;
mod message;
mod parameters;
mod routes;
mod stream;
mod streams;

use std::future::IntoFuture;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{Parser, ValueEnum};
use tokio::net::TcpListener;

use crate::streams::Streams;

/// How long connections may linger when the service has been told to end.
const FAREWELL: Duration = Duration::from_secs(1);

/// Serves the SSE contract suite with a client of autoplay-sdk.
#[derive(Debug, Parser)]
#[command(name = "sse-contract-service", version)]
struct Arguments {
    /// Which form of the client is driven
    #[arg(long, value_enum)]
    client: Client,
    /// Where to listen; a port alone, as in `:8000`, is that of every IPv4 address, and port 0 takes any: the line that
    /// is printed tells which
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8000")]
    listen: String,
}

/// The forms of the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Client {
    /// The blocking iterator.
    Sync,
    /// The async stream.
    Async,
}

#[tokio::main]
async fn main() -> ExitCode {
    match serve(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sse-contract-service: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until it is told to end.
async fn serve(Arguments { client, listen }: Arguments) -> anyhow::Result<()> {
    let address = if listen.starts_with(':') { format!("0.0.0.0{listen}") } else { listen };
    let listener = TcpListener::bind(&address).await.with_context(|| {
        format!("--listen: can't listen on {address}; give a host and a free port, such as 127.0.0.1:0")
    })?;
    println!("listening on http://{}", listener.local_addr()?);

    let streams = Streams::new(client)?;
    let over = streams.closed();
    let server = axum::serve(listener, routes::router(streams.clone())).with_graceful_shutdown(over);
    tokio::select! {
        served = server.into_future() => served?,
        () = async { streams.closed().await; tokio::time::sleep(FAREWELL).await } => {}
    }
    Ok(())
}
