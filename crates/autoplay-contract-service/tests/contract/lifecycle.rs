//! The ends of streams and of the service.

use autoplay_testkit::{FaultServer, Gate, Process, Script};
use serde_json::json;

use crate::harness::{LIMIT, each_client, event, send};

#[test]
fn a_delete_stops_that_stream_and_no_other() {
    each_client(|service| {
        let gate = Gate::new();
        let one = FaultServer::start([]).then_always(Script::sse().send(":\n").stall_for_ever());
        let script = Script::sse().wait_for(&gate).send("data: still here\n\n");
        let other = FaultServer::start([script.stall_for_ever()]);
        let mut first = service.stream(&one, json!({}));
        let mut second = service.stream(&other, json!({}));
        assert_ne!(first.location, second.location);
        assert_eq!(first.message()["kind"], "comment");
        first.delete();
        one.wait_for_ended(1, LIMIT);
        assert_eq!(send("DELETE", &first.location, "").status, 404);
        assert_eq!(send("POST", &first.location, json!({"command": "restart"}).to_string()).status, 404);
        gate.open();
        second.expect([event("message", "still here", "")]);
        first.expect_nothing();
        assert_eq!(one.accepted(), 1);
    });
}

#[test]
fn a_delete_is_prompt_whatever_the_stream_waits_for() {
    each_client(|service| {
        for script in [Script::mute(), Script::answer(500, &[], ""), Script::sse().send_for_ever("data: x")] {
            let server = FaultServer::start([script]).then_always(Script::mute());
            let stream = service.stream(&server, json!({"initialDelayMs": 60_000}));
            server.wait_for_request(1, LIMIT);
            let start = std::time::Instant::now();
            stream.delete();
            assert!(start.elapsed().as_millis() < 500, "{:?}", start.elapsed());
        }
    });
}

#[test]
fn a_delete_of_the_service_ends_it() {
    each_client(|service| {
        let server = FaultServer::start([]).then_always(Script::sse().send("data: x\n\n").stall_for_ever());
        let mut streams = [0, 1, 2].map(|_| service.stream(&server, json!({})));
        for stream in &mut streams {
            stream.expect([event("message", "x", "")]);
        }
        assert_eq!(send("DELETE", &service.url, "").status, 204);
        assert!(service.process.wait(LIMIT).success(), "{}", service.process.stderr());
        server.wait_for_ended(3, LIMIT);
        for stream in &streams {
            stream.expect_nothing();
        }
    });
}

#[test]
fn wrong_arguments_are_refused_by_name() {
    for (arguments, named) in [
        (&["--listen", "127.0.0.1:0"][..], "--client"),
        (&["--client", "both", "--listen", "127.0.0.1:0"], "--client"),
        (&["--client", "sync", "--listen", "nowhere"], "nowhere"),
    ] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_sse-contract-service"));
        let output = command.args(arguments).output().unwrap();
        assert!(!output.status.success());
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains(named), "{text}");
    }
}

#[test]
fn a_port_alone_is_listened_on_at_every_address() {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_sse-contract-service"));
    command.args(["--client", "async", "--listen", ":0"]);
    let mut process = Process::start(command);
    let port = process
        .wait_for_line(LIMIT, |line| line.strip_prefix("listening on http://0.0.0.0:")?.parse::<u16>().ok());
    assert_eq!(send("DELETE", &format!("http://127.0.0.1:{port}/"), "").status, 204);
    assert!(process.wait(LIMIT).success(), "{}", process.stderr());
}

#[test]
fn a_hundred_streams_at_once_are_told_apart() {
    each_client(|service| {
        let servers: Vec<FaultServer> = (0..100)
            .map(|number| {
                FaultServer::start([Script::sse().send(format!("data: {number}\n\n")).stall_for_ever()])
            })
            .collect();
        let streams: Vec<_> = servers.iter().map(|server| service.stream(server, json!({}))).collect();
        for (number, mut stream) in streams.into_iter().enumerate() {
            stream.expect([event("message", &number.to_string(), "")]);
            stream.delete();
        }
    });
}
