use std::process::Command;
use std::time::{Duration, Instant};

use autoplay_testkit::Process;
use serde_json::Value;

use crate::support::{ADMIN_KEY, Connector, LIMIT, autoplay, http};

fn run(command: &mut Command) -> (i32, String, String) {
    let output = command.output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().expect("a status"), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_demo_ends_by_itself_with_figures_that_were_counted() {
    let start = Instant::now();
    let (status, out, err) = run(autoplay().arg("demo"));
    assert!(start.elapsed() < Duration::from_mins(1), "{:?}", start.elapsed());
    assert_eq!((status, err.as_str()), (0, ""), "{out}");
    let last = out.lines().last().expect("a last line");
    let figure = |name: &str| -> u64 {
        let at = last.find(&format!(" {name}=")).unwrap_or_else(|| panic!("no {name} in {last}"));
        let digits = last[at + name.len() + 2..].split(' ').next().expect("a figure");
        digits.parse().expect("a number")
    };
    let expected = format!(
        "demo: in=310 sessions=10 batches={} actions=270 summaries={} dropped=0 lost=0",
        figure("batches"),
        figure("summaries")
    );
    assert_eq!(last, expected);
    assert!(figure("batches") >= 10 && figure("summaries") >= 5, "{last}");
    assert!(out.contains("User clicked Log in button on the login page"));
    assert!(!out.contains('\u{1b}'), "no colour where there is no terminal");
}

#[test]
fn a_product_is_added_and_its_stream_is_tailed() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    let url = format!("http://{}", connector.address);
    let add = || {
        let mut command = autoplay();
        command.args(["product", "add", "shop", "--email", "owner@example.com", "--url", &url]);
        command.env("AUTOPLAY_ADMIN_KEY", ADMIN_KEY);
        command
    };
    let (status, out, err) = run(add().arg("--json"));
    assert_eq!((status, err.as_str()), (0, ""));
    let product: Value = serde_json::from_str(&out).expect("JSON");
    let (status, _, err) = run(&mut add());
    assert_eq!(status, 1);
    assert!(err.contains("--force"), "{err}");
    let (status, out, _) = run(add().arg("--force"));
    assert_eq!(status, 0);
    assert!(out.contains(&format!("{url}/stream/shop")) && out.contains("uk_live_"), "{out}");

    let stream = product["stream_url"].as_str().expect("a URL");
    let key = product["unkey_key"].as_str().expect("a key");
    let project_key = product["project_key"].as_str().expect("a project key");
    let tail = |more: &[&str]| {
        let mut command = autoplay();
        command.args(["tail", stream, "--since", "earliest"]).args(more).env("AUTOPLAY_APP_UNKEY_TOKEN", key);
        Process::start(command)
    };
    let (mut readable, mut raw) = (tail(&[]), tail(&["--json"]));
    let body = serde_json::json!({ "api_key": project_key, "batch": [{ "event": "csv_exported", "properties": {
        "distinct_id": "u", "$session_id": "s", "$current_url": "https://a.example/reports" } }] });
    let answer =
        http::request(connector.address, "POST", "/e/", &[], body.to_string().as_bytes()).expect("an answer");
    assert_eq!(answer.status, 200);
    readable.wait_for_line(LIMIT, |line| {
        line.contains("User triggered csv_exported on the reports page").then_some(())
    });
    let line: Value = raw.wait_for_line(LIMIT, |line| serde_json::from_str(line).ok());
    assert_eq!((line["type"].as_str(), line["count"].as_u64()), (Some("actions"), Some(1)));
    assert!(line["id"].as_str().is_some_and(|id| id.starts_with("1-")), "{line}");

    readable.interrupt();
    assert!(readable.wait(Duration::from_secs(5)).success(), "Ctrl-C is the normal end of a tail");
}

#[test]
fn a_tail_without_a_connection_says_so() {
    let mut command = autoplay();
    // Port 9 of the loopback has no listener.
    command.args(["tail", "http://127.0.0.1:9/stream/shop"]);
    let mut tail = Process::start(command);
    let start = Instant::now();
    while !tail.stderr().contains("refused") {
        assert!(start.elapsed() < LIMIT, "{}", tail.stderr());
        std::thread::sleep(Duration::from_millis(10));
    }
    tail.interrupt();
    assert!(tail.wait(Duration::from_secs(5)).success());
}

#[test]
fn an_admin_key_is_made_and_shown_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let start = || {
        let mut command = autoplay();
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path());
        Process::start(command)
    };
    let mut first = start();
    let shown = first.read_line(LIMIT).expect("a line");
    let key = shown.strip_prefix("autoplay: the admin key, shown this once: ").expect("the key").to_owned();
    let address = first.read_line(LIMIT).expect("a line");
    first.kill();
    assert!(address.starts_with("autoplay: listening on http://127.0.0.1:"), "{address}");

    let mut second = start();
    let address = second.read_line(LIMIT).expect("a line");
    let url = address.strip_prefix("autoplay: listening on ").expect("no key this time").to_owned();
    let mut add = autoplay();
    add.args(["product", "add", "shop", "--email", "o@example.com", "--url", &url, "--admin-key", &key]);
    assert_eq!(run(&mut add).0, 0);
}

#[test]
fn a_second_process_on_the_same_data_is_refused_with_a_clear_message() {
    let folder = tempfile::tempdir().expect("a folder");
    let _first = Connector::start(folder.path());
    let mut second = autoplay();
    second.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path());
    let (status, _, err) = run(&mut second);
    assert_eq!(status, 1);
    assert!(err.contains("in use by process"), "{err}");
    assert_eq!(err.matches("in use").count(), 1, "said once: {err}");
}

#[test]
fn an_address_in_use_is_refused_with_a_clear_message() {
    let (one, two) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let first = Connector::start(one.path());
    let mut second = autoplay();
    second.args(["serve", "--listen", &first.address.to_string(), "--data"]).arg(two.path());
    let (status, _, err) = run(&mut second);
    assert_eq!(status, 1);
    assert!(err.contains("cannot listen on") && err.contains("--listen"), "{err}");
}

#[test]
fn wrong_arguments_are_status_2_and_no_connector_is_status_1() {
    assert_eq!(run(&mut autoplay()).0, 2);
    assert_eq!(run(autoplay().arg("dance")).0, 2);
    let (status, _, err) = run(autoplay().args(["tail", "localhost/stream/x"]));
    assert_eq!(status, 1, "{err}");
    assert!(err.contains("url"), "{err}");
    // Port 9 of the loopback has no listener.
    let mut add = autoplay();
    add.args(["product", "add", "x", "--email", "a@b", "--url", "http://127.0.0.1:9", "--admin-key", "k"]);
    let (status, _, err) = run(&mut add);
    assert_eq!(status, 1);
    assert!(err.contains("127.0.0.1:9"), "{err}");
}

#[test]
fn health_tells_whether_the_connector_lives_and_takes_events() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start(folder.path());
    for path in ["/health/live", "/health/ready", "/health"] {
        assert_eq!(connector.get(path, &[]).status, 200, "{path}");
    }
}
