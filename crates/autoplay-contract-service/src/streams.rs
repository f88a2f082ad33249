//! The streams that run.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use autoplay_sdk::http::HttpClient;
use tokio::sync::watch;

use crate::Client;
use crate::command::Command;
use crate::parameters::Parameters;
use crate::stream::Stream;

/// All streams of the service. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Streams(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    client: Client,
    http: HttpClient,
    running: Mutex<Running>,
    closed: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Running {
    streams: HashMap<u64, Stream>,
    last: u64,
}

/// There is no such stream, or no longer.
#[derive(Debug)]
pub(crate) struct Unknown;

impl Streams {
    pub(crate) fn new(client: Client) -> anyhow::Result<Self> {
        let (closed, _) = watch::channel(false);
        let http = HttpClient::new()?;
        Ok(Self(Arc::new(Shared { client, http, running: Mutex::default(), closed })))
    }

    /// Starts a stream and gives its number. The error says which parameter is wrong.
    pub(crate) fn start(&self, parameters: Parameters) -> Result<u64, String> {
        let Shared { client, http, .. } = &*self.0;
        let stream = Stream::start(*client, parameters, http.clone()).map_err(|error| error.to_string())?;
        let mut running = self.running();
        running.last += 1;
        let number = running.last;
        running.streams.insert(number, stream);
        Ok(number)
    }

    pub(crate) fn command(&self, number: u64, command: &Command) -> Result<(), Unknown> {
        let running = self.running();
        running.streams.get(&number).map(|stream| stream.obey(command)).ok_or(Unknown)
    }

    pub(crate) async fn stop(&self, number: u64) -> Result<(), Unknown> {
        let stream = self.running().streams.remove(&number).ok_or(Unknown)?;
        stream.stop().await;
        Ok(())
    }

    /// Stops all streams, and tells those who wait for [`closed`](Self::closed).
    pub(crate) async fn close(&self) {
        let streams = mem::take(&mut self.running().streams);
        for stream in streams.into_values() {
            stream.stop().await;
        }
        self.0.closed.send_replace(true);
    }

    /// Waits for the end of the service.
    pub(crate) fn closed(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut closed = self.0.closed.subscribe();
        async move { _ = closed.wait_for(|closed| *closed).await }
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
