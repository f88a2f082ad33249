//! Types that have no callback of their own go to `on_event`, as they came.

use autoplay_testkit::{FaultServer, Script};

use crate::support::{Seen, batches, quick, wait_until};

#[test]
fn every_other_type_comes_raw_and_in_order() {
    let trigger =
        "event: usertour_trigger\nid: 7\ndata: {\"type\":\"usertour_trigger\",\ndata: \"flow\": 3}\n\n";
    let by_name = "event: note\ndata: {\"text\":\"\\ud83d\"}\n\n";
    let odd = "data: {\"type\":42}\n\n";
    let heartbeat = "event: heartbeat\nid: 9\ndata: {}\n\n";
    let body =
        [&batches(1, 1), trigger, by_name, odd, heartbeat, "data: no json\n\n", &batches(10, 10)].concat();
    let server = FaultServer::start([Script::sse().send(body).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = Seen::new();
    let sender = seen.sender();
    client.on_actions(move |batch| {
        _ = sender.send(("batch".to_owned(), String::new(), batch.session_id.unwrap()));
    });
    let sender = seen.sender();
    client.on_event(move |raw| _ = sender.send((raw.event, raw.data, raw.id)));
    let run = client.run_in_background().unwrap();
    let told = seen.take(5);
    client.stop();
    run.join().unwrap();
    let told: Vec<_> =
        told.iter().map(|(event, data, id)| (event.as_str(), data.as_str(), id.as_str())).collect();
    assert_eq!(
        told,
        [
            ("batch", "", "1"),
            ("usertour_trigger", "{\"type\":\"usertour_trigger\",\n\"flow\": 3}", "7"),
            ("note", "{\"text\":\"\\ud83d\"}", "7"),
            ("message", "{\"type\":42}", "7"),
            ("batch", "", "10"),
        ]
    );
    let stats = client.stats();
    assert_eq!((stats.received, stats.malformed), (6, 1));
}

#[test]
fn batches_summaries_and_gaps_are_none_of_them() {
    let body = [&batches(1, 1), "data: {\"type\":\"summary\"}\n\n", "event: gap\ndata: {}\n\n"].concat();
    let server = FaultServer::start([Script::sse().send(body).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    client.on_event(|_| panic!("nothing for on_event"));
    let run = client.run_in_background().unwrap();
    wait_until("all", || client.stats().received == 3);
    client.stop();
    run.join().unwrap();
    assert_eq!(client.stats().delivered, 0);
}
