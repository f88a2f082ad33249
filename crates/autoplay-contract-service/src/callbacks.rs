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
    /// The name of the test, for the log.
    tag: String,
    /// True when nothing more may be sent.
    stopped: watch::Receiver<bool>,
    count: u64,
    /// The last one failed, and it was said. A suite that is gone would fill the log, which may be a pipe that nobody
    /// empties.
    failing: bool,
}

impl Callbacks {
    pub(crate) fn new(client: HttpClient, url: Url, tag: String, stopped: watch::Receiver<bool>) -> Self {
        Self { client, url, tag, stopped, count: 0, failing: false }
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
        let answer = tokio::select! {
            biased;
            _ = self.stopped.wait_for(|stopped| *stopped) => return,
            answer = self.client.send(request) => answer,
        };
        self.note(match answer {
            Ok(answer) if answer.status < 300 => None,
            Ok(answer) => Some(format!("{url} answered with status {}", answer.status)),
            Err(error) => Some(error.to_string()),
        });
    }

    fn note(&mut self, problem: Option<String>) {
        let known = std::mem::replace(&mut self.failing, problem.is_some());
        if let Some(problem) = problem.filter(|_| !known) {
            eprintln!("a callback of {:?} failed: {problem}", self.tag);
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
