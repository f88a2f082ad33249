//! The connector as a server: opened on a log, run on a listener, stopped by a future.

use std::sync::Arc;
use std::time::Duration;

use autoplay_log::{Log, MemoryLog, OpenError, Options, ReadError, SqliteLog, Transaction};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::actions::LeftOut;
use crate::config::{Config, Engine};
use crate::hub::Hub;
use crate::ingest::{Counters, Ingest};
use crate::products::Products;
use crate::room::Room;
use crate::routes::{App, router};
use crate::secret::{KeyHash, Secret};
use crate::sessions::{Sessions, Settings};

/// A connector that could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The log could not be opened.
    #[error("cannot open the log")]
    Open(#[from] OpenError),
    /// The log was opened, but not everything in it could be read.
    #[error("cannot read the log")]
    Read(#[from] ReadError),
    /// A new admin key could not be kept.
    #[error("cannot store the admin key")]
    Commit(#[from] autoplay_log::CommitError),
}

/// A connector on an open log, ready to serve.
pub struct Connector {
    app: App,
    stop: Stop,
    new_admin_key: Option<Secret>,
}

struct Stop {
    draining: watch::Sender<bool>,
    ending: watch::Sender<bool>,
}

const ADMIN_KEY: &str = "admin_key";

/// How long subscribers and requests under way may take to end once everything is flushed. Who is stuck must not keep the
/// next process from the log; whoever is cut off resumes there.
const FAREWELL: Duration = Duration::from_secs(2);

/// So many large bodies are decoded at the same time.
const DECODERS: usize = 2;

impl Connector {
    /// Opens the log, reads the products, and starts to flush what waits from before. Needs a tokio runtime.
    pub async fn open(config: Config) -> Result<Self, StartError> {
        let hub = Arc::new(Hub::default());
        let log = open_log(&config.engine, &hub)?;
        hub.start(log.epoch(), log.head());
        let (admin_key, new_admin_key) = admin_key(&config, log.as_ref()).await?;
        let left_out = Arc::new(LeftOut::default());
        let settings = Settings {
            flush: config.flush,
            summaries: config.summaries,
            clock: config.clock.clone(),
            left_out: Arc::clone(&left_out),
        };
        let ingest = Ingest {
            log: Arc::clone(&log),
            sessions: Sessions::start(Arc::clone(&log), settings)?,
            clock: config.clock.clone(),
            left_out,
            counters: Arc::default(),
            failing: Arc::default(),
        };
        let (draining, is_draining) = watch::channel(false);
        let (ending, is_ending) = watch::channel(false);
        let app = App {
            products: Arc::new(Products::load(log.as_ref())?),
            config: Arc::new(config),
            log,
            hub,
            ingest,
            admin_key,
            readiness: Arc::default(),
            unknown_project_keys: Arc::default(),
            room: Room::default(),
            decoding: Arc::new(Semaphore::new(DECODERS)),
            draining: is_draining,
            ending: is_ending,
        };
        Ok(Self { app, stop: Stop { draining, ending }, new_admin_key })
    }

    /// The admin key, if one was made at this opening. It is not kept and cannot be asked for again.
    #[must_use]
    pub fn new_admin_key(&self) -> Option<&Secret> {
        self.new_admin_key.as_ref()
    }

    /// How many events come in; goes on counting while the connector serves.
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.app.ingest.counters)
    }

    /// Serves until `shutdown` is ready; then stops taking in, flushes what waits, lets subscribers go at an event's
    /// boundary, and closes the log. What is not flushed within [`Config::shutdown_timeout`] is durable, and found again at
    /// the next start; a connection that does not end soon after is cut.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let service = TowerToHyperService::new(router(self.app.clone()));
        let mut http = hyper::server::conn::http1::Builder::new();
        // A head that does not arrive must not hold a socket for ever.
        http.timer(TokioTimer::new())
            .header_read_timeout(self.app.config.request_timeout)
            .max_buf_size(64 << 10);
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let stream = tokio::select! {
                stream = accept(&listener) => stream,
                Some(_) = connections.join_next() => continue,
                () = &mut shutdown => break,
            };
            let connection = http.serve_connection(TokioIo::new(stream), service.clone());
            let connection = graceful.watch(connection);
            connections.spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "a connection ended with an error");
                }
            });
        }
        drop(listener);
        self.finish(graceful, connections).await;
    }

    async fn finish(self, graceful: GracefulShutdown, connections: JoinSet<()>) {
        tracing::info!("stopping: flushing what waits");
        self.stop.draining.send_replace(true);
        let flush = self.app.ingest.sessions.drain();
        if tokio::time::timeout(self.app.config.shutdown_timeout, flush).await.is_err() {
            tracing::warn!("not everything was flushed in time; what waits is found again at the next start");
        }
        self.stop.ending.send_replace(true);
        if tokio::time::timeout(FAREWELL, graceful.shutdown()).await.is_err() {
            tracing::info!("connections that did not end by themselves are cut");
        }
        drop(connections);
        let log = Arc::clone(&self.app.log);
        // Closing folds the write-ahead log back into the file, which blocks.
        let _ = tokio::task::spawn_blocking(move || log.close()).await;
    }
}

/// The next connection. Running out of file descriptors passes: waiting a moment is better than ending the server.
async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Events are small and every one is wanted now (Nagle's algorithm would hold them back).
                let _ = stream.set_nodelay(true);
                return stream;
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

fn open_log(engine: &Engine, hub: &Arc<Hub>) -> Result<Arc<dyn Log>, OpenError> {
    let observed = Arc::clone(hub);
    let options =
        Options { observer: Some(Arc::new(move |records| observed.publish(records))), ..Options::default() };
    Ok(match engine {
        Engine::Sqlite(folder) => Arc::new(SqliteLog::open(folder, options)?),
        Engine::Memory => Arc::new(MemoryLog::new(options)),
    })
}

/// The configured key, else the one that the log remembers (as a hash), else a new one.
async fn admin_key(config: &Config, log: &dyn Log) -> Result<(KeyHash, Option<Secret>), StartError> {
    if let Some(key) = &config.admin_key {
        return Ok((KeyHash::of(key.expose().as_bytes()), None));
    }
    let kept = log.state(ADMIN_KEY)?.and_then(|hash| KeyHash::from_hex(&String::from_utf8_lossy(&hash)));
    if let Some(hash) = kept {
        return Ok((hash, None));
    }
    let key = Secret::generate("ak_");
    let hash = KeyHash::of(key.expose().as_bytes());
    let state = vec![(ADMIN_KEY.to_owned(), Some(hash.to_hex().into_bytes()))];
    log.commit(Transaction { state, ..Transaction::default() }).await?;
    Ok((hash, Some(key)))
}
