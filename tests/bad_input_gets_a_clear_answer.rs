use std::io::{Read, Write};
use std::time::{Duration, Instant};

use autoplay_log::{Log, Options, SqliteLog, Transaction};
use autoplay_testkit::Process;
use serde_json::{Value, json};

use crate::support::stream::subscribe;
use crate::support::{ADMIN_KEY, Connector, Product, click, http};

fn webhook(connector: &Connector, product: &Product, body: impl AsRef<[u8]>) -> http::Answer {
    connector.post(&format!("/webhook/{}", product.id), &[("X-PostHog-Secret", &product.secret)], body)
}

/// After whatever was sent before, the next event is taken and arrives.
fn goes_on(connector: &Connector, product: &Product) {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let text = format!("still here {}", COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    let mut stream = subscribe(connector.address, product, "", &[]).expect("a stream");
    assert_eq!(connector.click(product, "s", "2026-11-24T10:00:00Z", &text).status, 200);
    loop {
        let event = stream.next_event().expect("the stream goes on").json();
        let titles = event["actions"].as_array().into_iter().flatten().map(|action| action["title"].clone());
        if titles.into_iter().any(|title| title == format!("Click {text} button")) {
            return;
        }
    }
}

fn assert_problem(answer: &http::Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let problem = answer.json();
    assert_eq!((problem["status"].as_u64(), problem["code"].as_str()), (Some(u64::from(status)), Some(code)));
    assert_eq!(problem["request_id"].as_str(), answer.header("x-request-id"));
}

#[test]
fn a_webhook_body_in_which_nothing_can_be_read_is_422() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    let product = connector.register("shop");
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let deep_object = format!("{}1{}", r#"{"event":"#.repeat(10_000), "}".repeat(10_000));
    for body in [
        "",
        "{",
        "nonsense",
        "null",
        "true",
        "12",
        "\"text\"",
        "[]",
        "{}",
        "[1,null,\"x\"]",
        "{\"batch\":[]}",
        r#"{"event":""}"#,
        r#"{"event":{"a":1}}"#,
        "{\"event\":\"\u{0}",
        &deep,
        &deep_object,
    ] {
        assert_problem(&webhook(&connector, &product, body), 422, "unreadable_body");
        assert!(!connector.process.stderr().contains("panicked"), "{}", connector.process.stderr());
    }
    assert_problem(&webhook(&connector, &product, b"\xff\xfe{"), 422, "unreadable_body");
    goes_on(&connector, &product);
}

#[test]
fn one_bad_event_in_a_list_does_not_cost_the_good_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    let product = connector.register("shop");
    let good = |text: &str| click("s", "2026-11-24T10:00:00Z", text);
    let body =
        json!([good("one"), null, { "no": "name" }, 7, good("two"), { "event": "$pageleave" }, good("one")]);
    let answer = webhook(&connector, &product, body.to_string());
    assert_eq!(answer.json(), json!({ "accepted": 2, "filtered": 4, "duplicates": 1 }));
}

#[test]
fn what_browsers_really_send_is_cleaned_not_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    let product = connector.register("shop");
    let mut stream = subscribe(connector.address, &product, "", &[]).expect("a stream");
    let body = r#"{"event":"$autocapture","event_type":"click","session_id":"s","distinct_id":7,"timestamp":null,
        "current_url":"not a url","elements_chain":"button:text=\"Cut \ud83d in\r\n\u0000 two\n\nid: 9\ndata: x\""}"#;
    assert_eq!(webhook(&connector, &product, body).json()["accepted"], 1);
    let event = stream.next_event().expect("an event");
    let action = event.json()["actions"][0].clone();
    assert_eq!(action["title"], "Click Cut \u{fffd} in two id: 9 data: x button");
    assert_eq!(action["user_id"], "7");
    goes_on(&connector, &product);
}

#[test]
fn times_far_away_are_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    let product = connector.register("shop");
    let mut stream = subscribe(connector.address, &product, "", &[]).expect("a stream");
    let body = json!([
        click("s", "9999-12-31T23:59:59Z", "future"),
        click("s", "1970-01-01T00:00:00Z", "past"),
        click("s", "no time", "now"),
    ]);
    assert_eq!(webhook(&connector, &product, body.to_string()).json()["accepted"], 3);
    let event = stream.next_event().expect("an event").json();
    let actions = event["actions"].as_array().expect("actions");
    let titles: Vec<&Value> = actions.iter().map(|action| &action["title"]).collect();
    assert_eq!(titles, ["Click past button", "Click now button", "Click future button"]);
    assert_eq!(actions[0]["timestamp_start"], 0.0);
    assert_eq!(actions[2]["timestamp_start"], 253_402_300_799.0);
}

#[test]
fn a_body_over_the_limit_is_413_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    let product = connector.register("shop");
    // Announced: refused before a byte of it is sent.
    let start = Instant::now();
    let mut socket = http::connect(connector.address).expect("a connection");
    let path = format!("/webhook/{}", product.id);
    let headers = [("X-PostHog-Secret", product.secret.as_str())];
    let head = http::head(connector.address, "POST", &path, &headers, Some(2 << 30));
    socket.write_all(&head).expect("the head is sent");
    assert_problem(&http::read_answer(&mut socket).expect("an answer"), 413, "body_too_large");
    assert!(start.elapsed() < Duration::from_secs(5));
    // Not announced: refused when it gets too large.
    let mut socket = http::connect(connector.address).expect("a connection");
    let chunked = [("X-PostHog-Secret", product.secret.as_str()), ("Transfer-Encoding", "chunked")];
    let head = String::from_utf8(http::head(connector.address, "PUT", &path, &chunked, None)).expect("text");
    socket.write_all(head.replace("PUT", "POST").as_bytes()).expect("the head is sent");
    let chunk = [&b"10000\r\n"[..], &vec![b' '; 0x10000], b"\r\n"].concat();
    for _ in 0..40 {
        if socket.write_all(&chunk).is_err() {
            break;
        }
    }
    assert_problem(&http::read_answer(&mut socket).expect("an answer"), 413, "body_too_large");
    goes_on(&connector, &product);
}

#[test]
fn a_gzip_bomb_is_413_and_costs_no_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    let product = connector.register("shop");
    let before = memory_kib(&connector.process);
    for bomb in [gzip_of_zeros(1 << 30), gzip_of_zeros(25 << 20)] {
        assert!(bomb.len() < 2 << 20);
        for path in ["/e/", "/batch", "/i/v0/e/?compression=gzip-js"] {
            assert_problem(
                &connector.post(path, &[("Content-Type", "text/plain")], &bomb),
                413,
                "body_too_large",
            );
        }
    }
    let grown = memory_kib(&connector.process).saturating_sub(before);
    assert!(grown < 200 << 10, "{grown} KiB more");
    goes_on(&connector, &product);
}

#[test]
fn a_body_of_millions_of_values_is_413_and_costs_no_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    let product = connector.register("shop");
    let before = peak_memory_kib(&connector.process);
    for piece in ["0,", "{},", "[],", r#"{"event":"x"},"#] {
        let body = gzip(format!("[{}0]", piece.repeat((19 << 20) / piece.len())).as_bytes());
        assert!(body.len() < 64 << 10);
        assert_problem(&connector.post("/e/", &[], &body), 413, "too_many_events");
    }
    let grown = peak_memory_kib(&connector.process) - before;
    assert!(grown < 200 << 10, "{grown} KiB more");
    goes_on(&connector, &product);
}

#[test]
fn an_event_that_is_nested_too_deep_does_not_cost_the_good_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    let product = connector.register("shop");
    let deep = format!(r#"{{"event":"deep","x":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let body = format!("[{},{deep}]", click("s", "2026-11-24T10:00:00Z", "good"));
    let answer = webhook(&connector, &product, body);
    assert_eq!(answer.json(), json!({ "accepted": 1, "filtered": 1, "duplicates": 0 }));
    goes_on(&connector, &product);
}

#[test]
fn a_refusal_reaches_who_first_sends_everything() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    let product = connector.register("shop");
    let body = vec![b' '; 21 << 20];
    let wrong = [("X-PostHog-Secret", "wrong")];
    for (path, headers, status, code) in [
        ("/e/", &[][..], 413, "body_too_large"),
        ("/webhook/shop", &wrong[..], 401, "invalid_signature"),
        ("/webhook/nobody", &wrong[..], 404, "unknown_product"),
        ("/nowhere", &[][..], 404, "unknown_path"),
    ] {
        let mut socket = http::connect(connector.address).expect("a connection");
        let head = http::head(connector.address, "POST", path, headers, Some(body.len()));
        socket.write_all(&head).expect("the head is sent");
        socket.write_all(&body).expect("the body is sent");
        assert_problem(&http::read_answer(&mut socket).expect("an answer"), status, code);
    }
    goes_on(&connector, &product);
}

#[test]
fn a_damaged_session_is_told_of_without_naming_anybody() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = SqliteLog::open(folder.path(), Options::default()).expect("a log");
    let state = vec![("session/shop/person:ann@example.com".to_owned(), Some(b"damaged".to_vec()))];
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(log.commit(Transaction { state, ..Transaction::default() })).expect("it is stored");
    drop(log);
    let connector = Connector::start(folder.path());
    let product = connector.register("shop");
    goes_on(&connector, &product);
    let logged = connector.process.stderr();
    assert!(logged.contains("a session's state cannot be read"), "{logged}");
    assert!(!logged.contains("ann@"), "{logged}");
}

#[test]
fn a_path_that_is_no_text_names_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    let product = connector.register("shop");
    let bearer = format!("Bearer {}", product.key);
    assert_problem(&connector.get("/stream/%ff", &[]), 401, "unknown_key");
    assert_problem(&connector.get("/stream/%ff", &[("Authorization", &bearer)]), 404, "unknown_product");
    assert_problem(&connector.post("/webhook/%ff", &[], "{}"), 404, "unknown_product");
}

#[test]
fn posthog_js_is_answered_by_its_own_rules() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    let product = connector.register("shop");
    let origin = [("Origin", "https://shop.example")];
    let unknown = json!({ "api_key": "phc_nobody", "batch": [{ "event": "x" }] }).to_string();
    let answer = connector.post("/e/", &origin, unknown);
    assert_problem(&answer, 401, "unknown_project_key");
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://shop.example"));
    for body in [&b"{"[..], b"", b"\x1f\x8b\x08garbage", b"data=%%%", b"[]", b"null"] {
        let answer = connector.post("/e/", &origin, body);
        assert!(matches!(answer.status, 401 | 422), "{}: {}", answer.status, answer.text());
    }
    let asked = [origin[0], ("Access-Control-Request-Headers", "content-type")];
    for path in ["/e/", "/e", "/batch/", "/i/v0/e/", "/flags/?v=2", "/decide/", "/array/phc_x/config"] {
        let answer = http::request(connector.address, "OPTIONS", path, &asked, b"").expect("an answer");
        assert_eq!(answer.status, 204, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://shop.example"));
        assert_eq!(answer.header("access-control-allow-headers"), Some("content-type"));
    }
    let answer = connector.get("/e/", &[]);
    assert_problem(&answer, 405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("POST,OPTIONS"));
    let good = json!({ "api_key": product.project_key, "batch": [{ "event": "x" }, 3, { "event": "y" }] })
        .to_string();
    let answer = connector.post("/batch", &origin, good);
    assert_eq!((answer.status, answer.json()), (200, json!({ "status": 1 })));
    goes_on(&connector, &product);
}

#[test]
fn a_registration_says_which_field_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    let register = |body: &str| connector.post("/products", &[("X-Admin-Key", ADMIN_KEY)], body);
    for (body, code, field) in [
        ("{", "not_json", "JSON"),
        ("[]", "not_json", "object"),
        (r#"{"contact_email":"a@b"}"#, "invalid_field", "product_id"),
        (r#"{"product_id":"a b","contact_email":"a@b"}"#, "invalid_field", "product_id"),
        (r#"{"product_id":"..","contact_email":"a@b"}"#, "invalid_field", "product_id"),
        (r#"{"product_id":"a/b","contact_email":"a@b"}"#, "invalid_field", "product_id"),
        (r#"{"product_id":"a"}"#, "invalid_field", "contact_email"),
        (r#"{"product_id":"a","contact_email":"nobody"}"#, "invalid_field", "contact_email"),
        (r#"{"product_id":"a","contact_email":"a@b","project_keys":"x"}"#, "invalid_field", "project_keys"),
        (
            r#"{"product_id":"a","contact_email":"a@b","force_reregister":"yes"}"#,
            "invalid_field",
            "force_reregister",
        ),
        (
            r#"{"product_id":"a","contact_email":"a@b","integration_config":{"mode":"fax"}}"#,
            "invalid_field",
            "mode",
        ),
    ] {
        let answer = register(body);
        assert_problem(&answer, 400, code);
        assert!(answer.text().contains(field), "{}", answer.text());
    }
    let long = json!({ "product_id": "x".repeat(129), "contact_email": "a@b" }).to_string();
    assert_problem(&register(&long), 400, "invalid_field");
    assert_eq!(register(r#"{"product_id":42,"contact_email":"a@b"}"#).json()["product_id"], "42");
    assert_problem(&register(r#"{"product_id":"42","contact_email":"a@b"}"#), 409, "product_exists");
}

#[test]
fn overwriting_a_product_rotates_its_secret_and_the_old_one_is_still_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    let old = connector.register("shop");
    let new = connector.register_with(&json!({
        "product_id": "shop", "contact_email": "o@example.com", "force_reregister": true,
    }));
    assert_ne!(old.secret, new.secret);
    assert_eq!(old.project_key, new.project_key);
    for product in [&old, &new] {
        assert_eq!(connector.click(product, "s", "2026-11-24T10:00:00Z", &product.secret).status, 200);
        assert!(subscribe(connector.address, product, "", &[]).is_ok());
    }
}

#[test]
fn requests_that_are_no_http_end_with_their_connection() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    let product = connector.register("shop");
    for bytes in [&b"\x16\x03\x01\x02\x00\x01"[..], b"GET\r\n\r\n", b"\r\n\r\n\r\n", &vec![b'x'; 100_000]] {
        let mut socket = http::connect(connector.address).expect("a connection");
        let _ = socket.write_all(bytes);
        let _ = socket.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer);
        assert!(
            answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
    }
    assert_problem(&connector.get("/nowhere", &[]), 404, "unknown_path");
    assert_problem(&connector.get("/products", &[]), 405, "method_not_allowed");
    goes_on(&connector, &product);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("it is packed");
    encoder.finish().expect("it is packed")
}

/// Zeros in gzip, made by a rival implementation.
fn gzip_of_zeros(count: usize) -> Vec<u8> {
    let script = "import gzip,sys\nwith gzip.GzipFile(fileobj=sys.stdout.buffer,mode='wb') as f:\n for _ in range(int(sys.argv[1])>>20): f.write(bytes(1<<20))";
    let output = std::process::Command::new("python3").args(["-c", script, &count.to_string()]).output();
    output.expect("python3 runs").stdout
}

fn memory_kib(process: &Process) -> u64 {
    of_status(process, "VmRSS:")
}

fn peak_memory_kib(process: &Process) -> u64 {
    of_status(process, "VmHWM:")
}

fn of_status(process: &Process, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("0");
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}
