//! What the suite does: starts the service and streams, and receives the callbacks.

use std::process::Command;
use std::thread;
use std::time::Duration;

use autoplay_sdk::http::{Request, Response};
use autoplay_testkit::{FaultServer, Process, Script};
use serde_json::{Value, json};

/// No wait in a test is longer.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// Long enough for something that must not come.
pub(crate) const QUIET: Duration = Duration::from_millis(200);

/// The service as a process.
pub(crate) struct Service {
    pub(crate) process: Process,
    pub(crate) url: String,
}

/// A stream that the service was asked for, and the callbacks of it.
pub(crate) struct Stream {
    pub(crate) location: String,
    callbacks: FaultServer,
    /// How many callbacks have been looked at.
    seen: usize,
}

/// Runs a test with the service around each client.
pub(crate) fn each_client(test: impl Fn(&mut Service)) {
    for client in ["sync", "async"] {
        test(&mut Service::start(client));
    }
}

/// An answer to every callback that ends its connection, so that each is a connection of its own.
pub(crate) fn accepted() -> Script {
    Script::answer(202, &[("Connection", "close")], "")
}

pub(crate) fn send(method: &str, url: &str, body: impl Into<String>) -> Response {
    Request::new(method, url).body(body.into()).timeout(LIMIT).send().unwrap()
}

/// The message of an event.
pub(crate) fn event(event_type: &str, data: &str, id: &str) -> Value {
    json!({"kind": "event", "event": {"type": event_type, "data": data, "id": id}})
}

/// The message of a comment.
pub(crate) fn comment(text: &str) -> Value {
    json!({"kind": "comment", "comment": text})
}

impl Service {
    pub(crate) fn start(client: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sse-contract-service"));
        command.args(["--client", client, "--listen", "127.0.0.1:0"]);
        let mut process = Process::start(command);
        let url = process.wait_for_line(LIMIT, |line| line.strip_prefix("listening on ").map(str::to_owned));
        Self { process, url }
    }

    /// Starts a stream from `server`, with more parameters than the two URLs.
    pub(crate) fn stream(&self, server: &FaultServer, more: Value) -> Stream {
        self.stream_telling(server, more, FaultServer::start([]).then_always(accepted()))
    }

    /// The same with the server that gets the callbacks.
    pub(crate) fn stream_telling(&self, server: &FaultServer, more: Value, callbacks: FaultServer) -> Stream {
        let mut parameters = json!({
            "streamUrl": server.url("/stream"),
            "callbackUrl": callbacks.url("/calls/7"),
            "tag": "a test",
            "initialDelayMs": 0,
        });
        let Value::Object(more) = more else { panic!("parameters are an object") };
        parameters.as_object_mut().unwrap().extend(more);
        let answer = send("POST", &self.url, parameters.to_string());
        assert_eq!(answer.status, 201, "{:?}", String::from_utf8_lossy(&answer.body));
        let location = answer.header("location").expect("a location").to_owned();
        assert!(location.starts_with(&self.url), "{location}");
        Stream { location, callbacks, seen: 0 }
    }
}

impl Stream {
    /// The next callback's message.
    #[track_caller]
    pub(crate) fn message(&mut self) -> Value {
        self.seen += 1;
        let request = self.callbacks.wait_for_request(self.seen, LIMIT);
        assert_eq!(request.method, "POST");
        assert_eq!(
            request.path,
            format!("/calls/7/{}", self.seen),
            "callbacks are numbered from 1, in order"
        );
        assert_eq!(request.header("content-type"), Some("application/json"));
        serde_json::from_slice(&request.body).unwrap()
    }

    #[track_caller]
    pub(crate) fn expect(&mut self, messages: impl IntoIterator<Item = Value>) {
        for message in messages {
            assert_eq!(self.message(), message);
        }
    }

    /// The next message is an error, with this in its text.
    #[track_caller]
    pub(crate) fn expect_error(&mut self, part: &str) {
        let message = self.message();
        assert_eq!(message["kind"], "error", "{message}");
        let text = message["error"].as_str().expect("a text");
        assert!(text.contains(part), "{text}");
        assert_eq!(message.as_object().unwrap().len(), 2);
    }

    /// No further callback comes.
    #[track_caller]
    pub(crate) fn expect_nothing(&self) {
        thread::sleep(QUIET);
        let requests = self.callbacks.requests();
        assert_eq!(requests.len(), self.seen, "{:?}", requests.last());
    }

    /// Whether every callback that came has been looked at.
    pub(crate) fn is_all_seen(&self) -> bool {
        self.callbacks.requests().len() == self.seen
    }

    #[track_caller]
    pub(crate) fn command(&self, command: &Value) {
        assert_eq!(send("POST", &self.location, command.to_string()).status, 204);
    }

    /// Ends it.
    #[track_caller]
    pub(crate) fn delete(&self) {
        assert_eq!(send("DELETE", &self.location, "").status, 204);
    }
}
