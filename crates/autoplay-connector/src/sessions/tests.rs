use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use autoplay_log::{
    CommitError, CommitFuture, Epoch, Fingerprint, Incoming, MemoryLog, Options, ReadLimit, Record, Sequence,
    Transaction, Waiting,
};
use serde_json::Value;
use tokio::time::sleep;

use super::*;

const LIMIT: Duration = Duration::from_secs(20);
const LONG: Duration = Duration::from_hours(1);

fn settings() -> Settings {
    Settings {
        flush: Flush { quiet: Duration::from_millis(20), longest: LONG, actions: 50 },
        summaries: Summaries { every: 20, idle: LONG },
        clock: Clock::system(),
        left_out: Arc::default(),
    }
}

fn event(session: Option<&str>, user: &str, name: &str) -> BrowserEvent {
    BrowserEvent {
        event: name.to_owned(),
        session_id: session.map(str::to_owned),
        distinct_id: user.to_owned(),
        current_url: "https://shop.example/cart".to_owned(),
        ..BrowserEvent::default()
    }
}

/// Makes events durable, as the ingest does.
async fn store(log: &Arc<dyn Log>, events: Vec<BrowserEvent>) -> Vec<Arrival> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let incoming = events.iter().map(|event| Incoming {
        fingerprint: Fingerprint((COUNT.fetch_add(1, Ordering::Relaxed) as u128).to_le_bytes()),
        session: event.session_key(),
        body: Some(event.to_stored()),
    });
    let transaction =
        Transaction { product: "shop".to_owned(), incoming: incoming.collect(), ..Transaction::default() };
    let receipt = log.commit(transaction).await.expect("it is stored");
    let arrival = |(event, fate): (BrowserEvent, _)| match fate {
        autoplay_log::Fate::Waiting(id) => {
            Arrival { session: event.session_key(), id, event, is_action: true }
        }
        other => panic!("{other:?}"),
    };
    events.into_iter().zip(receipt.incoming).map(arrival).collect()
}

async fn send(log: &Arc<dyn Log>, sessions: &Sessions, events: Vec<BrowserEvent>) {
    sessions.arrived("shop", store(log, events).await);
}

fn custom(count: usize) -> Vec<BrowserEvent> {
    (0..count).map(|number| event(Some("s"), "u", &format!("event {number}"))).collect()
}

/// The log's documents, once there are so many.
async fn documents(log: &Arc<dyn Log>, count: usize) -> Vec<Value> {
    let deadline = Instant::now() + LIMIT;
    loop {
        let records = log.read("shop", Sequence::START, ReadLimit::default()).expect("it reads");
        if records.len() >= count {
            let document = |record: &Record| serde_json::from_slice(&record.body).expect("JSON");
            return records.iter().map(document).collect();
        }
        assert!(Instant::now() < deadline, "{} of {count} documents", records.len());
        sleep(Duration::from_millis(2)).await;
    }
}

fn memory() -> Arc<dyn Log> {
    Arc::new(MemoryLog::new(Options::default()))
}

fn count(document: &Value) -> usize {
    document["actions"].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn a_batch_comes_when_the_session_is_quiet() {
    let log = memory();
    let sessions = Sessions::start(Arc::clone(&log), settings()).expect("it starts");
    for event in custom(5) {
        send(&log, &sessions, vec![event]).await;
    }
    assert_eq!(count(&documents(&log, 1).await[0]), 5);
    assert!(log.waiting().expect("it reads").is_empty());
}

#[tokio::test]
async fn a_session_that_is_never_quiet_is_flushed_after_the_longest_wait() {
    let log = memory();
    let mut settings = settings();
    settings.flush.longest = Duration::from_millis(100);
    settings.flush.quiet = LONG;
    let sessions = Sessions::start(Arc::clone(&log), settings).expect("it starts");
    let start = Instant::now();
    send(&log, &sessions, custom(3)).await;
    assert_eq!(count(&documents(&log, 1).await[0]), 3);
    assert!(start.elapsed() >= Duration::from_millis(100));
}

#[tokio::test]
async fn fifty_actions_are_flushed_at_once_and_no_batch_is_larger() {
    let log = memory();
    let mut settings = settings();
    settings.flush.quiet = LONG;
    let sessions = Sessions::start(Arc::clone(&log), settings).expect("it starts");
    send(&log, &sessions, custom(120)).await;
    let documents = documents(&log, 3).await;
    let batches: Vec<&Value> = documents.iter().filter(|document| document["type"] == "actions").collect();
    assert_eq!(batches.iter().map(|batch| count(batch)).collect::<Vec<_>>(), [50, 50, 20]);
    let indices = batches.iter().flat_map(|batch| batch["actions"].as_array().expect("actions"));
    let indices: Vec<u64> = indices.map(|action| action["index"].as_u64().expect("an index")).collect();
    assert_eq!(indices, (0..120).collect::<Vec<_>>());
    for batch in batches {
        let last = batch["actions"].as_array().and_then(|actions| actions.last()).expect("a last action");
        assert_eq!(last["timestamp_start"], last["timestamp_end"]);
        assert_eq!(batch["count"], count(batch));
    }
}

#[tokio::test]
async fn a_batch_of_long_urls_is_cut_before_it_is_too_large_for_its_subscribers() {
    let log = memory();
    let sessions = Sessions::start(Arc::clone(&log), settings()).expect("it starts");
    let long = |number| BrowserEvent {
        current_url: format!("https://shop.example/cart?q={}", "x".repeat(300_000)),
        ..event(Some("s"), "u", &format!("event {number}"))
    };
    send(&log, &sessions, (0..7).map(long).collect()).await;
    tokio::time::timeout(LIMIT, sessions.drain()).await.expect("it ends");
    let everything = ReadLimit { bytes: usize::MAX, ..ReadLimit::default() };
    let records = log.read("shop", Sequence::START, everything).expect("it reads");
    assert!(records.iter().all(|record| record.body.len() < 2 << 20));
    let document = |record: &Record| serde_json::from_slice(&record.body).expect("JSON");
    let sizes: Vec<usize> = records.iter().map(document).map(|batch: Value| count(&batch)).collect();
    assert_eq!(sizes, [3, 3, 1]);
}

#[tokio::test]
async fn what_has_been_flushed_waits_no_more() {
    let log = memory();
    let sessions = Sessions::start(Arc::clone(&log), settings()).expect("it starts");
    send(&log, &sessions, custom(60)).await;
    tokio::time::timeout(LIMIT, sessions.drain()).await.expect("it ends");
    assert_eq!(sessions.waiting.load(Ordering::Relaxed), 0);
    sessions.waiting.store(MAX_WAITING, Ordering::Relaxed);
    assert!(sessions.is_full());
}

#[tokio::test]
async fn no_wait_means_a_batch_per_arrival() {
    let log = memory();
    let mut settings = settings();
    settings.flush.quiet = Duration::ZERO;
    let sessions = Sessions::start(Arc::clone(&log), settings).expect("it starts");
    for (number, event) in custom(3).into_iter().enumerate() {
        send(&log, &sessions, vec![event]).await;
        assert_eq!(count(&documents(&log, number + 1).await[number]), 1);
    }
}

#[tokio::test]
async fn users_without_a_session_are_never_mixed() {
    let log = memory();
    let sessions = Sessions::start(Arc::clone(&log), settings()).expect("it starts");
    let events =
        vec![event(None, "ann", "a"), event(None, "ben", "b"), event(None, "ann", "c"), event(None, "", "d")];
    send(&log, &sessions, events).await;
    let mut users: Vec<(Value, usize, Value)> = documents(&log, 3)
        .await
        .into_iter()
        .map(|batch| (batch["user_id"].clone(), count(&batch), batch["session_id"].clone()))
        .collect();
    users.sort_by_key(|(user, ..)| user.to_string());
    let null = Value::Null;
    let expected =
        [("ann".into(), 2, null.clone()), ("ben".into(), 1, null.clone()), (null.clone(), 1, null)];
    assert_eq!(users, expected);
}

#[tokio::test]
async fn every_twenty_actions_get_a_summary_that_follows_their_batch() {
    let log = memory();
    let sessions = Sessions::start(Arc::clone(&log), settings()).expect("it starts");
    send(&log, &sessions, custom(19)).await;
    documents(&log, 1).await;
    send(&log, &sessions, custom(6)).await;
    let documents = documents(&log, 3).await;
    assert_eq!((count(&documents[0]), count(&documents[1])), (19, 6));
    let summary = &documents[2];
    assert_eq!((summary["type"].as_str(), summary["replaces"].as_u64()), (Some("summary"), Some(25)));
    assert_eq!((summary["product_id"].as_str(), summary["session_id"].as_str()), (Some("shop"), Some("s")));
    assert!(summary["summary"].as_str().is_some_and(|text| text.contains("cart")), "{summary}");
    assert!(summary["forwarded_at"].as_f64().is_some_and(|at| at > 1.7e9));
}

#[tokio::test]
async fn a_session_that_has_been_idle_gets_its_summary_even_after_a_restart() {
    let log = memory();
    let mut settings = settings();
    let sessions = Sessions::start(Arc::clone(&log), settings.clone()).expect("it starts");
    send(&log, &sessions, custom(3)).await;
    documents(&log, 1).await;
    drop(sessions);

    settings.summaries.idle = Duration::from_millis(50);
    let sessions = Sessions::start(Arc::clone(&log), settings.clone()).expect("it starts");
    let found = documents(&log, 2).await;
    assert_eq!((found[1]["type"].as_str(), found[1]["replaces"].as_u64()), (Some("summary"), Some(3)));
    // Once, and the session goes on where it was.
    sleep(Duration::from_millis(200)).await;
    assert_eq!(documents(&log, 2).await.len(), 2);
    send(&log, &sessions, custom(1)).await;
    assert_eq!(documents(&log, 3).await[2]["actions"][0]["index"], 3);
}

#[tokio::test]
async fn what_was_accepted_and_not_flushed_is_found_again() {
    let log = memory();
    store(&log, custom(4)).await;
    let _sessions = Sessions::start(Arc::clone(&log), settings()).expect("it starts");
    assert_eq!(count(&documents(&log, 1).await[0]), 4);
}

#[tokio::test]
async fn draining_flushes_everything_at_once() {
    let log = memory();
    let mut settings = settings();
    settings.flush.quiet = LONG;
    let sessions = Sessions::start(Arc::clone(&log), settings).expect("it starts");
    for session in 0..20 {
        send(&log, &sessions, vec![event(Some(&format!("s{session}")), "u", "x")]).await;
    }
    tokio::time::timeout(LIMIT, sessions.drain()).await.expect("it ends");
    assert_eq!(documents(&log, 20).await.len(), 20);
    tokio::time::timeout(LIMIT, sessions.drain()).await.expect("nothing to do ends too");
}

#[tokio::test]
async fn sessions_that_are_due_together_do_not_crowd_out_those_who_send() {
    let observed = Arc::new(Failing::new(MemoryLog::new(Options::default())));
    let log: Arc<dyn Log> = Arc::clone(&observed) as _;
    let sessions = Sessions::start(Arc::clone(&log), settings()).expect("it starts");
    let events = (0..2_000).map(|session| event(Some(&format!("s{session}")), "u", "x"));
    let arrivals = store(&log, events.collect()).await;
    sessions.arrived("shop", arrivals);
    tokio::time::timeout(LIMIT, sessions.drain()).await.expect("it ends");
    let most = observed.most_at_once.load(Ordering::Relaxed);
    assert!((1..=256).contains(&most), "{most} commits at the same time");
    let everything = ReadLimit { events: usize::MAX, bytes: usize::MAX };
    assert_eq!(log.read("shop", Sequence::START, everything).expect("it reads").len(), 2_000);
}

/// A log whose disk is full for a while, and which counts its callers.
struct Failing {
    log: MemoryLog,
    is_full: AtomicBool,
    at_once: Arc<AtomicUsize>,
    most_at_once: AtomicUsize,
}

impl Failing {
    fn new(log: MemoryLog) -> Self {
        Self {
            log,
            is_full: AtomicBool::new(false),
            at_once: Arc::default(),
            most_at_once: AtomicUsize::new(0),
        }
    }
}

impl Log for Failing {
    fn commit(&self, transaction: Transaction) -> CommitFuture {
        if self.is_full.load(Ordering::Relaxed) {
            return Box::pin(std::future::ready(Err(CommitError::Unavailable(
                "the disk is full".to_owned(),
            ))));
        }
        let (commit, at_once) = (self.log.commit(transaction), Arc::clone(&self.at_once));
        self.most_at_once.fetch_max(at_once.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        Box::pin(async move {
            let receipt = commit.await;
            at_once.fetch_sub(1, Ordering::Relaxed);
            receipt
        })
    }

    fn epoch(&self) -> Epoch {
        self.log.epoch()
    }

    fn head(&self) -> Sequence {
        self.log.head()
    }

    fn read(&self, product: &str, after: Sequence, limit: ReadLimit) -> Result<Vec<Record>, ReadError> {
        self.log.read(product, after, limit)
    }

    fn oldest(&self, product: &str) -> Result<Option<Sequence>, ReadError> {
        self.log.oldest(product)
    }

    fn floor(&self, product: &str) -> Result<Sequence, ReadError> {
        self.log.floor(product)
    }

    fn position_before(&self, product: &str, at_ms: u64) -> Result<Sequence, ReadError> {
        self.log.position_before(product, at_ms)
    }

    fn state(&self, key: &str) -> Result<Option<Vec<u8>>, ReadError> {
        self.log.state(key)
    }

    fn states(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, ReadError> {
        self.log.states(prefix)
    }

    fn waiting(&self) -> Result<Vec<Waiting>, ReadError> {
        self.log.waiting()
    }

    fn close(&self) {
        self.log.close();
    }
}

#[tokio::test]
async fn a_flush_that_failed_is_tried_again_and_nothing_is_lost_or_twice() {
    let failing = Arc::new(Failing::new(MemoryLog::new(Options::default())));
    let log: Arc<dyn Log> = Arc::clone(&failing) as _;
    let sessions = Sessions::start(Arc::clone(&log), settings()).expect("it starts");
    let arrivals = store(&log, custom(3)).await;
    failing.is_full.store(true, Ordering::Relaxed);
    sessions.arrived("shop", arrivals);
    sleep(Duration::from_millis(100)).await;
    assert!(documents(&log, 0).await.is_empty());
    failing.is_full.store(false, Ordering::Relaxed);
    let batches = documents(&log, 1).await;
    assert_eq!(count(&batches[0]), 3);
    assert_eq!(batches[0]["actions"][0]["index"], 0);
    sleep(Duration::from_millis(50)).await;
    assert_eq!(documents(&log, 1).await.len(), 1);
}
