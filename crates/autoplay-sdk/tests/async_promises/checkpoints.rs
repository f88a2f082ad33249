//! With a checkpoint the place lasts over restarts, whatever way a run ends.

use autoplay_testkit::{FaultServer, Script};
use tempfile::TempDir;

use crate::stage::{on_every_runtime, settings, until};
use crate::support::batches;

#[test]
fn the_next_client_goes_on_where_a_run_was_stopped_aborted_or_given_up() {
    on_every_runtime(async || {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("place");
        let server = FaultServer::start([]);
        for (round, ending) in ["stopped", "aborted", "given up", "pulled", "stopped"].iter().enumerate() {
            let first = round * 10 + 1;
            server.push(Script::sse().send(batches(first, first + 9)).stall_for_ever());
            let client = settings(&server.url("/stream/p")).checkpoint(&path).build_async().unwrap();
            client.on_actions(async |_| tokio::task::yield_now().await);
            let done = || client.stats().delivered == 10;
            match *ending {
                "given up" => tokio::select! {
                    result = client.run() => panic!("{result:?}"),
                    () = until("all", done) => {}
                },
                "pulled" => {
                    let mut events = client.events().unwrap();
                    for _ in 0..10 {
                        events.next().await.unwrap().unwrap();
                    }
                    events.settle();
                }
                _ => {
                    let run = client.run_in_background().unwrap();
                    until("all", done).await;
                    if *ending == "stopped" {
                        client.stop();
                    } else {
                        run.abort();
                    }
                    run.await.unwrap();
                }
            }
            let request = &server.requests()[round];
            let expected = (round > 0).then(|| (first - 1).to_string());
            assert_eq!(request.header("last-event-id"), expected.as_deref(), "after a run that was {ending}");
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains(&format!("\"last_event_id\":\"{}\"", first + 9)), "{ending}: {text}");
        }
    });
}

#[test]
fn one_that_is_in_use_is_refused_at_the_start() {
    on_every_runtime(async || {
        let folder = TempDir::new().unwrap();
        let server = FaultServer::start([Script::sse().stall_for_ever()]);
        let client = || {
            settings(&server.url("/stream/p")).checkpoint(folder.path().join("place")).build_async().unwrap()
        };
        let (first, second) = (client(), client());
        let run = first.run_in_background().unwrap();
        for error in [second.run().await.unwrap_err(), second.events().unwrap_err()] {
            assert_eq!(error.argument(), Some("checkpoint"));
            assert!(error.to_string().contains("in use"), "{error}");
        }
        first.stop();
        run.await.unwrap();
        assert!(second.run_in_background().is_ok());
    });
}
