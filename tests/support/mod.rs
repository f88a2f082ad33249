//! A connector in a process of its own, and a plain HTTP client that shares no code with it.

pub(crate) mod http;
pub(crate) mod recording;
pub(crate) mod stream;

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use autoplay_testkit::Process;
use serde_json::{Value, json};

/// How long anything may take that takes a moment: generous, since a busy machine must not fail a test.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

pub(crate) const ADMIN_KEY: &str = "ak_for_the_tests";

/// The command under test, quiet and without the environment of whoever runs the tests.
pub(crate) fn autoplay() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_autoplay"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AUTOPLAY_")) {
        command.env_remove(name);
    }
    command.env("RUST_LOG", "warn");
    command
}

/// A connector in a process of its own; killed when dropped.
pub(crate) struct Connector {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
}

impl Connector {
    /// Starts `autoplay serve` on a free port.
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    /// The same with more arguments.
    pub(crate) fn start_with(data: &Path, arguments: &[&str]) -> Self {
        let mut command = autoplay();
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data).args(arguments);
        command.env("AUTOPLAY_ADMIN_KEY", ADMIN_KEY);
        let mut process = Process::start(command);
        let address = process.wait_for_line(LIMIT, |line| {
            line.strip_prefix("autoplay: listening on http://")
                .map(|address| address.parse().expect("an address"))
        });
        Self { process, address }
    }

    /// Registers a product and gives what the connector answered.
    pub(crate) fn register(&self, product: &str) -> Product {
        self.register_with(&json!({ "product_id": product, "contact_email": "owner@example.com" }))
    }

    pub(crate) fn register_with(&self, body: &Value) -> Product {
        let answer = self.post("/products", &[("X-Admin-Key", ADMIN_KEY)], body.to_string());
        assert_eq!(answer.status, 201, "{}", answer.text());
        let fields = answer.json();
        let text = |name: &str| fields[name].as_str().expect(name).to_owned();
        Product {
            id: text("product_id"),
            key: text("unkey_key"),
            secret: text("webhook_secret"),
            project_key: text("project_key"),
        }
    }

    pub(crate) fn post(&self, path: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> http::Answer {
        http::request(self.address, "POST", path, headers, body.as_ref()).expect("an answer")
    }

    pub(crate) fn get(&self, path: &str, headers: &[(&str, &str)]) -> http::Answer {
        http::request(self.address, "GET", path, headers, b"").expect("an answer")
    }

    /// A click on a button named `text`, as PostHog's webhook sends it.
    pub(crate) fn click(&self, product: &Product, session: &str, at: &str, text: &str) -> http::Answer {
        let body = click(session, at, text).to_string();
        self.post(&format!("/webhook/{}", product.id), &[("X-PostHog-Secret", &product.secret)], body)
    }
}

/// The flat body of a click.
pub(crate) fn click(session: &str, at: &str, text: &str) -> Value {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    json!({
        "event": "$autocapture",
        "event_type": "click",
        "timestamp": at,
        "session_id": session,
        "distinct_id": "user_1",
        "email": "",
        "current_url": "https://app.example.com/cart",
        "elements_chain": format!("button.btn:attr__class=\"btn\"nth-child=\"1\"text=\"{escaped}\""),
    })
}

/// A registered product, with what is shown once.
#[derive(Debug, Clone)]
pub(crate) struct Product {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) secret: String,
    pub(crate) project_key: String,
}
