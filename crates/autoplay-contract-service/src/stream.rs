//! One stream: a subscription, and the callbacks that tell of it.

use std::thread;

use autoplay_sdk::Error;
use autoplay_sdk::http::HttpClient;
use autoplay_sdk::raw::{Handle, Item};
use tokio::sync::{oneshot, watch};

use crate::Client;
use crate::callbacks::Callbacks;
use crate::command::Command;
use crate::message::Messages;
use crate::parameters::Parameters;

/// A stream that has been started. It goes on until it is stopped, or ends by itself.
#[derive(Debug)]
pub(crate) struct Stream {
    handle: Handle,
    stop: watch::Sender<bool>,
    /// Closed when nothing of it is left.
    ended: oneshot::Receiver<()>,
}

/// Takes what comes out of the subscription.
#[derive(Debug)]
struct Teller {
    messages: Messages,
    callbacks: Callbacks,
    /// Dropped at the very end.
    _end: oneshot::Sender<()>,
}

impl Stream {
    /// Starts it; an error is one in the parameters.
    pub(crate) fn start(client: Client, parameters: Parameters, http: HttpClient) -> Result<Self, Error> {
        let endpoint = parameters.endpoint();
        let (stop, stopped) = watch::channel(false);
        let (end, ended) = oneshot::channel();
        let Parameters { callback_url, tag, .. } = parameters;
        let callbacks = Callbacks::new(http, callback_url, tag.unwrap_or_default(), stopped);
        let mut teller = Teller { messages: Messages::default(), callbacks, _end: end };
        let handle = match client {
            Client::Async => {
                let mut events = endpoint.subscribe()?;
                let handle = events.handle();
                tokio::spawn(async move {
                    while let Some(item) = events.next().await {
                        teller.tell(item).await;
                    }
                });
                handle
            }
            Client::Sync => {
                let events = endpoint.subscribe_blocking()?;
                let handle = events.handle();
                let runtime = tokio::runtime::Handle::current();
                thread::spawn(move || {
                    for item in events {
                        runtime.block_on(teller.tell(item));
                    }
                });
                handle
            }
        };
        Ok(Self { handle, stop, ended })
    }

    pub(crate) fn obey(&self, command: &Command) {
        match command {
            Command::Restart => self.handle.restart(),
            Command::Listen { .. } => {}
        }
    }

    /// Stops it, and waits until nothing of it is left that could send a callback.
    pub(crate) async fn stop(self) {
        self.handle.stop();
        self.stop.send_replace(true);
        _ = self.ended.await;
    }
}

impl Teller {
    async fn tell(&mut self, item: Result<Item, Error>) {
        if let Some(message) = self.messages.of(item) {
            self.callbacks.send(&message).await;
        }
    }
}
