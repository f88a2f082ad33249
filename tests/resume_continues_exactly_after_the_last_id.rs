use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use autoplay_sdk::ConnectorClient;
use autoplay_testkit::{Cut, Proxy, Random};

use crate::support::stream::{Event, subscribe};
use crate::support::{Connector, LIMIT, Product};

/// Every click becomes an event of its own.
const ONE_EACH: [&str; 4] = ["--flush-actions", "1", "--flush-quiet-ms", "0"];

fn clicks(connector: &Connector, product: &Product, from: usize, to: usize) {
    for number in from..to {
        let answer = connector.click(product, "s", "2026-11-24T10:00:00Z", &format!("number {number}"));
        assert_eq!(answer.status, 200);
    }
}

fn title(event: &Event) -> String {
    event.json()["actions"][0]["title"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_stream_cut_at_random_bytes_a_hundred_times_goes_on_without_a_gap_or_a_repeat() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start_with(folder.path(), &ONE_EACH);
    let (product, other) = (connector.register("shop"), connector.register("other"));
    let mut random = Random::new(2_026);
    let cuts: Vec<Cut> = (0..100)
        .map(|_| {
            if random.below(2) == 0 {
                Cut::CloseAfter(random.below(6_000) as u64)
            } else {
                Cut::ResetAfter(random.below(6_000) as u64)
            }
        })
        .collect();
    let proxy = Proxy::start(connector.address, cuts);

    let received = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&received);
    let client = ConnectorClient::builder(&format!("{}?since=earliest", proxy.url("/stream/shop")))
        .token(&product.key)
        .max_queue_size(100_000)
        .initial_backoff(Duration::from_millis(1))
        .max_backoff(Duration::from_millis(5))
        .build()
        .expect("a client");
    client.on_actions(move |batch| sink.lock().expect("a lock").push(batch.actions[0].title.clone()));
    clicks(&connector, &product, 0, 200);
    let running = client.run_in_background().expect("it runs");
    // Live events go on while the client is being cut, those of another product in between.
    for round in 0..10 {
        clicks(&connector, &other, 0, 5);
        clicks(&connector, &product, 200 + round * 20, 220 + round * 20);
    }
    let deadline = Instant::now() + LIMIT;
    while proxy.accepted() < 101 && Instant::now() < deadline {
        // Beyond what is waited for there are more events, so that every cut falls into something.
        clicks(&connector, &other, 0, 1);
        proxy.cut_all();
        thread::sleep(Duration::from_millis(10));
    }
    clicks(&connector, &product, 400, 420);
    let expected: Vec<String> = (0..420).map(|number| format!("Click number {number} button")).collect();
    while received.lock().expect("a lock").len() < expected.len() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(10));
    }
    client.stop();
    running.join().expect("a quiet end");
    assert!(proxy.accepted() > 100, "only {} connections", proxy.accepted());
    assert_eq!(*received.lock().expect("a lock"), expected);
}

#[test]
fn a_subscriber_cut_before_its_first_event_has_a_place_to_come_back_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start_with(folder.path(), &ONE_EACH);
    let product = connector.register("shop");
    let mut stream = subscribe(connector.address, &product, "", &[]).expect("a stream");
    let heartbeat = stream.next().expect("the stream opens with a heartbeat");
    assert_eq!((heartbeat.name.as_str(), heartbeat.data.as_str()), ("heartbeat", ""));
    assert_eq!(stream.retries, [Duration::from_secs(1)]);
    assert_eq!(stream.header("last-event-id"), Some(heartbeat.id.as_str()));
    drop(stream);

    clicks(&connector, &product, 0, 3);
    let mut resumed =
        subscribe(connector.address, &product, "", &[("Last-Event-ID", &heartbeat.id)]).expect("a stream");
    let titles: Vec<String> = resumed.take_events(3).iter().map(title).collect();
    assert_eq!(titles, ["Click number 0 button", "Click number 1 button", "Click number 2 button"]);
}

#[test]
fn the_header_comes_before_the_id_in_the_query_and_that_before_since() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start_with(folder.path(), &ONE_EACH);
    let product = connector.register("shop");
    clicks(&connector, &product, 0, 4);
    let mut all = subscribe(connector.address, &product, "?since=earliest", &[]).expect("a stream");
    let events = all.take_events(4);
    let first = |query: &str, headers: &[(&str, &str)]| {
        let mut stream = subscribe(connector.address, &product, query, headers).expect("a stream");
        title(&stream.next_event().expect("an event"))
    };
    let (one, two, three) = (&events[0].id, &events[1].id, &events[2].id);
    assert_eq!(first(&format!("?since={one}"), &[]), "Click number 1 button");
    assert_eq!(first(&format!("?since={one}&last_event_id={two}"), &[]), "Click number 2 button");
    let query = format!("?since={one}&last_event_id={two}");
    assert_eq!(first(&query, &[("Last-Event-ID", three)]), "Click number 3 button");
    assert_eq!(first("?since=0", &[]), "Click number 0 button");
}

#[test]
fn since_a_time_begins_with_what_was_appended_from_then_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start_with(folder.path(), &ONE_EACH);
    let product = connector.register("shop");
    clicks(&connector, &product, 0, 2);
    let mut all = subscribe(connector.address, &product, "?since=earliest", &[]).expect("a stream");
    all.take_events(2);
    thread::sleep(Duration::from_millis(50));
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs_f64();
    clicks(&connector, &product, 2, 3);
    let query = format!("?since={now:.3}");
    let mut stream = subscribe(connector.address, &product, &query, &[]).expect("a stream");
    assert_eq!(title(&stream.next_event().expect("an event")), "Click number 2 button");
}

#[test]
fn an_id_that_means_nothing_here_is_told_as_a_gap_and_then_everything_follows() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start_with(folder.path(), &ONE_EACH);
    let product = connector.register("shop");
    clicks(&connector, &product, 0, 2);
    let mut all = subscribe(connector.address, &product, "?since=earliest", &[]).expect("a stream");
    let events = all.take_events(2);
    let (prefix, sequence) = events[1].id.rsplit_once('-').expect("an id of three parts");
    let (_, epoch) = prefix.split_once('-').expect("an id of three parts");
    let future = format!("{prefix}-{}", sequence.parse::<u64>().expect("a sequence") + 1_000);
    let other_epoch: String = epoch.chars().map(|digit| if digit == '0' { '1' } else { '0' }).collect();
    let other_log = format!("1-{other_epoch}-{sequence}");
    for (id, reason) in [
        ("garbage", "unknown_id"),
        ("42", "unknown_id"),
        ("1-2-3-4", "unknown_id"),
        ("ÿ\u{fffd}💥", "unknown_id"),
        (&"9".repeat(5_000), "unknown_id"),
        (&future, "unknown_id"),
        (&other_log, "epoch"),
    ] {
        let mut stream =
            subscribe(connector.address, &product, "", &[("Last-Event-ID", id)]).expect("a stream");
        let gap = stream.next_event().expect("a gap");
        assert_eq!((gap.name.as_str(), gap.json()["type"].as_str()), ("gap", Some("gap")), "{id}");
        assert_eq!(gap.json()["reason"], reason, "{id}");
        assert_eq!(gap.json()["oldest_id"], events[0].id.as_str(), "{id}");
        assert_eq!(stream.take_events(2), events, "{id}");
    }
}

#[test]
fn an_id_of_the_position_between_events_is_good() {
    let folder = tempfile::tempdir().expect("a folder");
    let connector = Connector::start_with(folder.path(), &ONE_EACH);
    let (product, other) = (connector.register("shop"), connector.register("other"));
    clicks(&connector, &other, 0, 3);
    let id = {
        let mut stream = subscribe(connector.address, &other, "?since=earliest", &[]).expect("a stream");
        stream.take_events(3)[1].id.clone()
    };
    clicks(&connector, &product, 0, 1);
    let mut stream = subscribe(connector.address, &product, "", &[("Last-Event-ID", &id)]).expect("a stream");
    let event = stream.next_event().expect("an event");
    assert_eq!((event.name.as_str(), title(&event).as_str()), ("message", "Click number 0 button"));
}
