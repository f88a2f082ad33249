//! An event is read where its callback runs: what it then turns out to be decides what becomes of it, not what it
//! seemed to be from its first words.

use autoplay_testkit::{FaultServer, Script};

use crate::support::{batches, quick, sessions_of, wait_until};

#[test]
fn malformed_behind_the_type_is_counted_once_and_reaches_no_callback() {
    let malformed = [
        "id: 2\ndata: {\"type\":\"actions\",\"session_id\":\"no\",\"actions\":[{]}\n\n",
        "id: 3\ndata: {\"type\":\"actions\",\"session_id\":\"no\",\"actions\":7}\n\n",
        "id: 4\ndata: {\"type\":\"summary\",\"summary\":01}\n\n",
        "id: 5\ndata: {\"type\":\"usertour_trigger\",\"flow\":}\n\n",
        "id: 6\ndata: {\"type\":\"actions\",\"session_id\":\"no\"} {}\n\n",
    ];
    let body = [&batches(1, 1), &malformed.concat(), &batches(7, 7), malformed[4]].concat();
    // With callbacks for the types, and without: it is read by another thread then.
    for registered in [true, false] {
        let server = FaultServer::start([Script::sse().send(body.as_str()).stall_for_ever()]);
        let client = quick(&server.url("/stream/p")).build().unwrap();
        let seen = sessions_of(&client);
        if registered {
            client.on_summary(|_| panic!("no summary can be read"));
            client.on_event(|_| panic!("nor any other event"));
        }
        let run = client.run_in_background().unwrap();
        assert_eq!(seen.take(2), [1, 7]);
        wait_until("the last one to be counted", || client.stats().malformed == 6);
        client.stop();
        run.join().unwrap();
        let stats = client.stats();
        assert_eq!((stats.received, stats.delivered, stats.malformed, stats.left), (8, 2, 6, 0));
        assert_eq!(stats.last_event_id.as_deref(), Some("6"), "what is malformed is settled");
        assert!(seen.rest().is_empty() && stats.callback_errors == 0);
    }
}

#[test]
fn of_two_types_the_last_one_counts() {
    let twice = |first: &str, last: &str, session: u32| {
        format!(
            "data: {{\"type\":\"{first}\",\"session_id\":\"{session}\",\"type\":\"{last}\",\"actions\":[]}}\n\n"
        )
    };
    let body = [
        twice("actions", "summary", 1),
        twice("summary", "actions", 2),
        twice("usertour_trigger", "actions", 3),
        twice("actions", "gap", 4),
        twice("gap", "actions", 5),
        twice("actions", "usertour_trigger", 6),
        batches(7, 7),
    ]
    .concat();
    let server = FaultServer::start([Script::sse().send(body).stall_for_ever()]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.take(4), [2, 3, 5, 7]);
    client.stop();
    run.join().unwrap();
    let stats = client.stats();
    assert_eq!((stats.received, stats.delivered, stats.malformed, stats.gaps), (7, 4, 0, 1));
    assert_eq!((stats.dropped, stats.left), (0, 0), "what nobody wants is settled quietly");
}
