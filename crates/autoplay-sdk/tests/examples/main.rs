//! The examples do what they say.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use autoplay_testkit::{FaultServer, Process, Script};
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(20);

/// An example, which cargo builds beside the tests.
fn example(name: &str, arguments: &[&str]) -> Process {
    let tests = env::current_exe().unwrap();
    let target: PathBuf = tests.ancestors().nth(2).unwrap().into();
    let mut command = Command::new(target.join("examples").join(name));
    command.args(arguments).env_remove("AUTOPLAY_APP_UNKEY_TOKEN");
    Process::start(command)
}

fn batches(first: usize, last: usize) -> String {
    let batch = |number| {
        format!(
            "id: {number}\ndata: {{\"type\":\"actions\",\"session_id\":\"s{number}\",\"count\":1,\"actions\":[\
             {{\"index\":{number},\"type\":\"click\",\"description\":\"A click\"}}]}}\n\n"
        )
    };
    (first..=last).map(batch).collect()
}

fn server(body: String) -> FaultServer {
    FaultServer::start([Script::sse().send(body).stall_for_ever()])
        .then_always(Script::new().read_request().head(204, &[]))
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < LIMIT, "waited for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn print_events_prints_them() {
    let server = server(batches(1, 2));
    let mut printing = example("print_events", &[&server.url("/stream/p"), "uk_live_x"]);
    for expected in ["Session s1 — 1 actions", "[1] click: A click — ", "", "Session s2 — 1 actions"] {
        assert_eq!(printing.read_line(LIMIT).as_deref(), Some(expected));
    }
    assert_eq!(server.requests()[0].header("authorization"), Some("Bearer uk_live_x"));
}

#[test]
fn background_ends_at_the_end_of_its_input() {
    let server = server(batches(1, 3));
    let mut running = example("background", &[&server.url("/stream/p")]);
    running.wait_for_line(LIMIT, |line| line.ends_with("events").then_some(()));
    running.wait(LIMIT);
}

#[test]
fn a_checkpointed_worker_goes_on_where_it_was() {
    let folder = TempDir::new().unwrap();
    let (place, output) = (folder.path().join("place.json"), folder.path().join("output"));
    let server = FaultServer::start([
        Script::sse().send(batches(1, 3)).stall_for_ever(),
        Script::sse().send(batches(4, 4)).stall_for_ever(),
    ]);
    let url = server.url("/stream/p");
    let arguments = [url.as_str(), place.to_str().unwrap(), output.to_str().unwrap()];
    for (number, lines) in [(1, "s1 1\ns2 2\ns3 3\n"), (2, "s1 1\ns2 2\ns3 3\ns4 4\n")] {
        let mut working = example("checkpointed_worker", &arguments);
        wait_until("the output", || fs::read_to_string(&output).is_ok_and(|text| text == lines));
        wait_until("the checkpoint", || {
            fs::read_to_string(&place).is_ok_and(|text| text.contains(&format!("\"{}\"", number + 2)))
        });
        working.kill();
    }
    assert_eq!(server.requests()[1].header("last-event-id"), Some("3"));
}

#[test]
fn any_endpoint_prints_what_it_says() {
    let server = server("event: note\nid: 7\ndata: hello\n\n".to_owned());
    let arguments = [&server.url("/notes"), "POST", "{\"a\":1}"];
    let mut printing = example("any_endpoint", &arguments);
    assert_eq!(printing.read_line(LIMIT).as_deref(), Some("note [7] hello"));
    let requests = server.requests();
    assert_eq!((requests[0].method.as_str(), &requests[0].body[..]), ("POST", &b"{\"a\":1}"[..]));
}

#[test]
fn dead_letters_keeps_what_was_dropped() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("dead.jsonl");
    let server = server(batches(1, 50));
    let _running = example("dead_letters", &[&server.url("/stream/p"), file.to_str().unwrap()]);
    wait_until("39 dead letters", || fs::read_to_string(&file).is_ok_and(|text| text.lines().count() == 39));
    let kept = fs::read_to_string(&file).unwrap();
    assert!(kept.lines().next().unwrap().contains("\"session_id\":\"s12\""), "{kept}");
}

#[test]
fn async_stream_takes_as_many_as_it_wants() {
    let server = server(batches(1, 5));
    let mut taking = example("async_stream", &[&server.url("/stream/p"), "2", "uk_live_x"]);
    let lines: Vec<_> = (0..5).map_while(|_| taking.read_line(LIMIT)).collect();
    let expected = [
        "Session s1 — 1 actions",
        "[1] click: A click — ",
        "Session s2 — 1 actions",
        "[2] click: A click — ",
    ];
    assert_eq!(lines, expected);
    assert!(taking.wait(LIMIT).success());
}

#[test]
fn any_endpoint_prints_events_as_they_come() {
    let body = "retry: 20\n: hello\n\nid: 7\nevent: tick\ndata: {\"a\":1}\n\ndata: b\n\n";
    let server = FaultServer::start([Script::sse().send(body)])
        .then_always(Script::new().read_request().head(204, &[]));
    let mut printing = example("any_endpoint", &[&server.url("/ask"), "POST", r#"{"ask":"all"}"#]);
    for expected in [Some("tick [7] {\"a\":1}"), Some("message [7] b"), None] {
        assert_eq!(printing.read_line(LIMIT).as_deref(), expected);
    }
    assert!(printing.wait(LIMIT).success());
    let told = printing.stderr();
    assert!(told.contains("connected") && told.contains(": hello") && told.contains("again in"), "{told}");
    for request in server.requests() {
        assert_eq!((request.method.as_str(), &request.body[..]), ("POST", &br#"{"ask":"all"}"#[..]));
        assert_eq!(request.header("content-type"), Some("application/json"));
    }
}
