//! Tells the suite what a stream receives.

use std::time::Duration;

use autoplay_sdk::http::{HttpClient, Request};
use tokio::sync::watch;
use url::Url;

use crate::message::Message;

/// How long the suite may take to answer a callback.
const PATIENCE: Duration = Duration::from_secs(5);

/// Nothing of an answer but its status is of interest.
const LARGEST_ANSWER: usize = 64 * 1024;

/// Where the callbacks of one stream go, one after the other.
#[derive(Debug)]
pub(crate) struct Callbacks {
    client: HttpClient,
    url: Url,
    /// True when nothing more may be sent.
    stopped: watch::Receiver<bool>,
    count: u64,
}

impl Callbacks {
    pub(crate) fn new(client: HttpClient, url: Url, stopped: watch::Receiver<bool>) -> Self {
        Self { client, url, stopped, count: 0 }
    }

    /// Sends the next callback and waits for the answer. It is sent once: a suite that misses one shall notice.
    pub(crate) async fn send(&mut self, message: &Message) {
        self.count += 1;
        let url = self.next_url();
        let body = serde_json::to_vec(message).expect("texts can always be written as JSON");
        let request = Request::new("POST", url.as_str())
            .header("Content-Type", "application/json")
            .body(body)
            .timeout(PATIENCE)
            .max_response_bytes(LARGEST_ANSWER);
        tokio::select! {
            biased;
            _ = self.stopped.wait_for(|stopped| *stopped) => {}
            answer = self.client.send(request) => match answer {
                Ok(answer) if answer.status < 300 => {}
                Ok(answer) => eprintln!("{url} answered with status {}", answer.status),
                Err(error) => eprintln!("{error}"),
            },
        }
    }

    fn next_url(&self) -> Url {
        let mut url = self.url.clone();
        url.path_segments_mut()
            .expect("a URL with http has a path")
            .pop_if_empty()
            .push(&self.count.to_string());
        url
    }
}
