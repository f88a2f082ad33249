use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::thread;
use std::time::Duration;

use autoplay_testkit::Random;

use crate::support::stream::subscribe;
use crate::support::{Connector, Product, click, http};

/// How often the connector is killed: 20 times, or as many as `AUTOPLAY_KILL_ROUNDS` says (`make kill-loop`).
fn rounds() -> u64 {
    std::env::var("AUTOPLAY_KILL_ROUNDS").map_or(20, |rounds| rounds.parse().expect("a number of rounds"))
}

#[test]
fn what_was_answered_200_is_there_once_under_ids_that_never_change() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut random = Random::new(20_261_124);
    let mut product: Option<Product> = None;
    let mut acknowledged = BTreeSet::new();
    let mut unanswered: Vec<String> = Vec::new();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for round in 0..rounds() {
        let mut connector = Connector::start(folder.path());
        let product = product.get_or_insert_with(|| connector.register("shop"));
        let found = everything(&connector, product, &acknowledged);
        for (id, data) in &seen {
            assert_eq!(found.get(id), Some(data), "round {round}: what was shown under {id} is still there");
        }
        seen = found;
        // What nobody answered for is sent again, as PostHog does.
        for text in std::mem::take(&mut unanswered) {
            assert_eq!(send(&connector, product, &text), Some(200));
            acknowledged.insert(text);
        }
        let address = connector.address;
        let senders: Vec<_> = (0..4)
            .map(|sender| {
                let product = product.clone();
                thread::spawn(move || send_until_refused(address, &product, round, sender))
            })
            .collect();
        thread::sleep(Duration::from_millis(20 + random.below(150) as u64));
        connector.process.kill();
        for sender in senders {
            let (answered, lost) = sender.join().expect("a sender");
            acknowledged.extend(answered);
            unanswered.extend(lost);
        }
    }
    let connector = Connector::start(folder.path());
    let product = product.expect("a product");
    let found = everything(&connector, &product, &acknowledged);
    for (id, data) in &seen {
        assert_eq!(found.get(id), Some(data), "what was shown under {id} is still there");
    }
    assert!(acknowledged.len() as u64 > rounds(), "only {} events were acknowledged", acknowledged.len());
    println!("{} rounds survived, {} events acknowledged, none lost", rounds(), acknowledged.len());
}

#[test]
fn a_stop_by_sigterm_flushes_what_waits_and_leaves_within_ten_seconds() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut connector =
        Connector::start_with(folder.path(), &["--flush-quiet-ms", "60000", "--flush-longest-ms", "60000"]);
    let product = connector.register("shop");
    let mut stream = subscribe(connector.address, &product, "", &[]).expect("a stream");
    assert_eq!(connector.click(&product, "s", "2026-11-24T10:00:00Z", "Pay").status, 200);

    connector.process.terminate();
    let event = stream.next_event().expect("the batch arrives before the end").json();
    assert_eq!(event["actions"][0]["title"], "Click Pay button");
    assert_eq!(stream.next_event(), None, "the stream ends at an event's boundary");
    assert!(stream.retries.last().is_some_and(|retry| retry.as_millis() >= 1_000), "{:?}", stream.retries);
    assert!(connector.process.wait(Duration::from_secs(10)).success());
}

#[test]
fn a_subscriber_that_reads_nothing_holds_up_neither_the_stop_nor_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut connector = Connector::start(folder.path());
    let product = connector.register("shop");
    let _stuck = subscribe(connector.address, &product, "?since=earliest", &[]).expect("a stream");
    // More than the sockets' buffers hold.
    for number in 0..20 {
        let long = |action| {
            let mut event = click("s", "2026-11-24T10:00:00Z", &format!("{number} {action}"));
            event["current_url"] = format!("https://shop.example/?{}", "x".repeat(60_000)).into();
            event
        };
        let body = serde_json::Value::Array((0..16).map(long).collect()).to_string();
        let secret = [("X-PostHog-Secret", product.secret.as_str())];
        assert_eq!(connector.post("/webhook/shop", &secret, body).status, 200);
    }
    let mut other = subscribe(connector.address, &product, "?since=earliest", &[]).expect("a stream");
    assert_eq!(connector.click(&product, "other", "2026-11-24T10:00:00Z", "Pay").status, 200);
    loop {
        let event = other.next_event().expect("it goes on").json();
        if event["session_id"] == "other" {
            break;
        }
    }
    connector.process.terminate();
    assert!(connector.process.wait(Duration::from_secs(5)).success());
}

/// All that the product's stream has, by id; checks that each acknowledged click is there, and none twice.
fn everything(
    connector: &Connector,
    product: &Product,
    acknowledged: &BTreeSet<String>,
) -> BTreeMap<String, String> {
    let marker = format!("marker {}", connector.process.id());
    assert_eq!(send(connector, product, &marker), Some(200));
    let mut stream = subscribe(connector.address, product, "?since=earliest", &[]).expect("a stream");
    let mut titles = BTreeMap::<String, usize>::new();
    let mut events = BTreeMap::new();
    let is_there = |titles: &BTreeMap<String, usize>, text: &String| {
        titles.contains_key(&format!("Click {text} button"))
    };
    while !(is_there(&titles, &marker) && acknowledged.iter().all(|text| is_there(&titles, text))) {
        let event = stream.next_event().expect("every acknowledged event is there");
        for action in event.json()["actions"].as_array().into_iter().flatten() {
            *titles.entry(action["title"].as_str().expect("a title").to_owned()).or_default() += 1;
        }
        assert_eq!(events.insert(event.id.clone(), event.data), None, "{} stands for one event", event.id);
    }
    let twice: Vec<_> = titles.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    events
}

fn send(connector: &Connector, product: &Product, text: &str) -> Option<u16> {
    post(connector.address, product, text)
}

fn post(address: std::net::SocketAddr, product: &Product, text: &str) -> Option<u16> {
    let path = format!("/webhook/{}", product.id);
    let headers = [("X-PostHog-Secret", product.secret.as_str())];
    // Each click in one of a few sessions, so that batches mix them.
    let session = format!("session-{}", text.len() % 3);
    let body = click(&session, "2026-11-24T10:00:00Z", text).to_string();
    http::request(address, "POST", &path, &headers, body.as_bytes()).ok().map(|answer| answer.status)
}

/// Sends clicks until the connector is gone: those that were answered 200, and the one that was not answered.
fn send_until_refused(
    address: std::net::SocketAddr,
    product: &Product,
    round: u64,
    sender: usize,
) -> (Vec<String>, Vec<String>) {
    let mut answered = Vec::new();
    for count in 0.. {
        let text = format!("r{round} s{sender} c{count}");
        match post(address, product, &text) {
            Some(200) => answered.push(text),
            None => return (answered, vec![text]),
            Some(status) => panic!("{status} for {text}"),
        }
    }
    unreachable!("the connector is killed")
}

/// The file that the promise rests on is really there.
#[test]
fn the_log_is_one_sqlite_file_that_any_tool_can_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("made/if/missing");
    let connector = Connector::start(&data);
    connector.register("shop");
    let is_sqlite =
        |path: &Path| std::fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"SQLite format 3\0"));
    let files = std::fs::read_dir(&data).expect("the folder is made").flatten();
    assert_eq!(files.filter(|file| is_sqlite(&file.path())).count(), 1);
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&data).expect("metadata").permissions());
    assert_eq!(mode & 0o777, 0o700);
}
