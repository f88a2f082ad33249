//! A client that lost its connection goes on exactly after the last event that it has got.

use autoplay_testkit::{FaultServer, Random, Script};

use crate::support::{LIMIT, Seen, batch, batches, quick, sessions_of, wait_until};

#[test]
fn the_first_request_has_no_last_event_id_and_the_next_one_has() {
    let server = FaultServer::start([Script::sse().send(batches(1, 3)), Script::sse().stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let run = client.run_in_background().unwrap();
    assert_eq!(server.wait_for_request(1, LIMIT).header("last-event-id"), None);
    assert_eq!(server.wait_for_request(2, LIMIT).header("last-event-id"), Some("3"));
    client.stop();
    run.join().unwrap();
    assert_eq!(client.stats().last_event_id.as_deref(), Some("3"));
}

#[test]
fn a_cut_anywhere_loses_and_doubles_nothing() {
    let stream = batches(1, 3);
    let cuts: Vec<usize> = (0..=stream.len()).collect();
    for cuts in cuts.chunks(16) {
        let server = FaultServer::start([]);
        for (attempt, &cut) in (1..).zip(cuts) {
            // What a server that keeps its promise sends: all after the id it is told.
            let done = stream[..cut].matches("\n\n").count();
            server.push(Script::sse().send(&stream[..cut]));
            server.push(Script::sse().send(batches(done + 1, 3)).stall_for_ever());

            let client = quick(&server.url("/stream/p")).build().unwrap();
            let seen = sessions_of(&client);
            let run = client.run_in_background().unwrap();
            assert_eq!(seen.take(3), [1, 2, 3], "cut at {cut}");
            let again = server.wait_for_request(2 * attempt, LIMIT);
            client.stop();
            run.join().unwrap();
            assert!(seen.rest().is_empty(), "cut at {cut}");
            let told = (done > 0).then(|| done.to_string());
            assert_eq!(again.header("last-event-id"), told.as_deref(), "cut at {cut}");
        }
    }
}

#[test]
fn resets_in_the_middle_of_pieces_lose_and_double_nothing() {
    let mut random = Random::new(7);
    let (server, mut next) = (FaultServer::start([]), 1);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    for round in 1..=30 {
        let rest = batches(next, 200);
        let sent = &rest[..random.below(300).min(rest.len())];
        let whole = sent.matches("\n\n").count();
        // The reset comes when all that was sent whole has arrived: a reset destroys what was not read.
        let arrived = autoplay_testkit::Gate::new();
        server.push(Script::sse().send_split(sent, round).wait_for(&arrived).reset());
        next += whole;
        wait_until("the whole events of the round", || client.stats().received == next as u64 - 1);
        arrived.open();
    }
    assert_eq!(seen.take(next - 1), (1..next).collect::<Vec<_>>());
    client.stop();
    run.join().unwrap();
}

#[test]
fn heartbeats_and_bare_ids_move_the_place() {
    let server = FaultServer::start([
        Script::sse().send("event: heartbeat\nid: 7\ndata:\n\n"),
        Script::sse().send("id: 8\n\n"),
        Script::sse().stall_for_ever(),
    ]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let run = client.run_in_background().unwrap();
    assert_eq!(server.wait_for_request(2, LIMIT).header("last-event-id"), Some("7"));
    assert_eq!(server.wait_for_request(3, LIMIT).header("last-event-id"), Some("8"));
    client.stop();
    run.join().unwrap();
    assert_eq!(client.stats().received, 0);
}

#[test]
fn a_second_run_goes_on_after_the_last_event() {
    let server = FaultServer::start([
        Script::sse().send(batches(1, 2)).stall_for_ever(),
        Script::sse().send(batches(3, 4)).stall_for_ever(),
    ]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = sessions_of(&client);
    for expected in [[1, 2], [3, 4]] {
        let run = client.run_in_background().unwrap();
        assert_eq!(seen.take(2), expected);
        client.stop();
        run.join().unwrap();
    }
    assert_eq!(server.requests()[1].header("last-event-id"), Some("2"));
    assert!(seen.rest().is_empty());
}

#[test]
fn a_gap_is_told_in_order_and_counted() {
    let gap = "event: gap\ndata: {\"type\":\"gap\",\"reason\":\"retention\",\"oldest_id\":\"9\"}\n\n";
    let unnamed =
        "data: {\"type\":\"gap\",\"reason\":\"epoch\",\"requested_id\":\"x\",\"oldest_id\":null}\n\n";
    let second = [gap, unnamed, &batch(9)].concat();
    let server =
        FaultServer::start([Script::sse().send(batches(1, 2)), Script::sse().send(second).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = Seen::new();
    let sender = seen.sender();
    client.on_actions(move |batch| sender.send(batch.session_id.unwrap()).unwrap());
    let sender = seen.sender();
    client.on_gap(move |gap| sender.send(format!("{gap:?}")).unwrap());
    let run = client.run_in_background().unwrap();
    let told = seen.take(5);
    client.stop();
    run.join().unwrap();
    assert_eq!([&told[..2], &told[4..]].concat(), ["1", "2", "9"]);
    for (told, parts) in [
        (&told[2], ["retention", "Some(\"2\")", "Some(\"9\")"]),
        (&told[3], ["epoch", "Some(\"x\")", "None"]),
    ] {
        assert!(parts.iter().all(|part| told.contains(part)), "{told}");
    }
    assert_eq!(client.stats().gaps, 2);
}

#[test]
fn an_id_that_no_header_can_hold_costs_the_place_and_nothing_else() {
    let server = FaultServer::start([
        Script::sse().send("id: a\u{1}b\ndata: {}\n\n"),
        Script::sse().send(batches(1, 1)),
    ]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.next(), 1);
    client.stop();
    run.join().unwrap();
    assert_eq!(server.requests()[1].header("last-event-id"), None);
}

#[test]
fn an_id_beyond_ascii_is_sent_back_as_it_came() {
    let server =
        FaultServer::start([Script::sse().send("id: Grüße-7\ndata: {}\n\n"), Script::sse().stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let run = client.run_in_background().unwrap();
    assert_eq!(server.wait_for_request(2, LIMIT).header("last-event-id"), Some("Grüße-7"));
    client.stop();
    run.join().unwrap();
}
