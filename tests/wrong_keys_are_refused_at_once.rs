use std::time::{Duration, Instant};

use autoplay_sdk::ConnectorClient;
use serde_json::json;

use crate::support::stream::open;
use crate::support::{ADMIN_KEY, Connector, autoplay};

fn refusal(connector: &Connector, product: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let answer = open(connector.address, &format!("/stream/{product}"), headers).err().expect("a refusal");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    (answer.status, answer.json()["code"].as_str().expect("a code").to_owned())
}

#[test]
fn a_key_nobody_knows_learns_nothing_about_which_products_exist() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    let (shop, other) = (connector.register("shop"), connector.register("other"));
    let pushed = connector.register_with(&json!({
        "product_id": "pushed", "contact_email": "o@example.com", "integration_config": { "mode": "push" },
    }));
    let bearer = |key: &str| format!("Bearer {key}");
    for product in ["shop", "nowhere"] {
        for headers in [
            &[][..],
            &[("Authorization", "Bearer uk_live_wrong")],
            &[("Authorization", "Bearer ")],
            &[("Authorization", "Basic dTpw")],
            &[("Authorization", "garbage")],
            &[("Authorization", &shop.secret)],
        ] {
            assert_eq!(refusal(&connector, product, headers), (401, "unknown_key".to_owned()), "{headers:?}");
        }
    }
    let with_key =
        |product: &str, key: &str| refusal(&connector, product, &[("Authorization", &bearer(key))]);
    assert_eq!(with_key("nowhere", &shop.key), (404, "unknown_product".to_owned()));
    assert_eq!(with_key("shop", &other.key), (401, "other_products_key".to_owned()));
    assert_eq!(with_key("pushed", &pushed.key), (400, "not_in_stream_mode".to_owned()));
    assert!(
        open(connector.address, "/stream/shop", &[("authorization", &format!("bearer {}", shop.key))])
            .is_ok()
    );
}

#[test]
fn the_client_says_so_at_once_and_never_asks_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    let shop = connector.register("shop");
    for (product, key, status) in
        [("shop", "uk_live_wrong", 401), ("shop", "", 401), ("nowhere", shop.key.as_str(), 404)]
    {
        let url = format!("http://{}/stream/{product}", connector.address);
        let client = ConnectorClient::builder(&url).token(key).build().expect("a client");
        client.on_actions(|_| {});
        let start = Instant::now();
        let error = client.run().expect_err("a refusal");
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        assert_eq!(error.status_code(), Some(status));
        assert!(!error.to_string().contains("uk_live"), "{error}");
    }
}

#[test]
fn tail_says_so_and_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    connector.register("shop");
    let url = format!("http://{}/stream/shop", connector.address);
    let output = autoplay().args(["tail", &url, "--token", "uk_live_wrong"]).output().expect("it runs");
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(message.contains("401") && message.contains("check the key"), "{message}");
    assert!(!message.contains("uk_live_wrong"), "{message}");
}

#[test]
fn without_the_admin_key_nothing_is_registered() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    let body = json!({ "product_id": "shop", "contact_email": "o@example.com" }).to_string();
    for headers in [&[][..], &[("X-Admin-Key", "wrong")], &[("X-Admin-Key", "")]] {
        assert_eq!(connector.post("/products", headers, &body).status, 401);
    }
    assert_eq!(connector.post("/products", &[("X-Admin-Key", ADMIN_KEY)], &body).status, 201);
}

#[test]
fn a_webhook_needs_the_products_secret_or_its_signature() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    let (shop, other) = (connector.register("shop"), connector.register("other"));
    let body = r#"{"event":"csv_exported","distinct_id":"u"}"#;
    let status = |product: &str, secret: &str| {
        connector.post(&format!("/webhook/{product}"), &[("X-PostHog-Secret", secret)], body).status
    };
    assert_eq!(status("shop", &other.secret), 401);
    assert_eq!(status("shop", ""), 401);
    assert_eq!(status("shop", "sha256=00"), 401);
    assert_eq!(status("nowhere", &shop.secret), 404);
    assert_eq!(status("shop", &shop.secret), 200);
    let signature = support_hmac(&shop.secret, body);
    assert_eq!(status("shop", &format!("sha256={signature}")), 200);
    assert_eq!(status("other", &format!("sha256={signature}")), 401);
}

/// The signature by an implementation that the connector does not share.
fn support_hmac(secret: &str, body: &str) -> String {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let script =
        "import hmac,sys;print(hmac.new(sys.argv[1].encode(),sys.stdin.buffer.read(),'sha256').hexdigest())";
    let mut python = Command::new("python3")
        .args(["-c", script, secret])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 runs");
    python.stdin.take().expect("a pipe").write_all(body.as_bytes()).expect("the body is written");
    let output = python.wait_with_output().expect("it ends");
    String::from_utf8(output.stdout).expect("a text").trim().to_owned()
}
