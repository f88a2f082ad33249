//! What real browsers sent, and the actions that come of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use autoplay_connector::actions::{LeftOut, SessionState, extract};
use autoplay_connector::browser_event::{BrowserEvent, Disposition};
use autoplay_connector::{posthog, summary, webhook};
use autoplay_protocol::payload::{ActionsPayload, SlimAction};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

const LIMIT: usize = 20 << 20;

/// Sessions in the order of their first event, each with its events in the order of arrival.
type Sessions = Vec<(String, Vec<BrowserEvent>)>;

#[test]
fn every_recorded_request_is_decoded() {
    let requests: Vec<posthog::Request> = recorded_requests().collect();
    let mut keys: BTreeMap<String, usize> = BTreeMap::new();
    for request in &requests {
        *keys.entry(request.project_key.clone().expect("each names its project")).or_default() += 1;
    }
    let expected = [("base64", 9), ("cloud", 69), ("old", 11), ("plain", 12)];
    let expected = expected.map(|(name, count)| (format!("phc_taskboat_demo_{name}"), count));
    assert_eq!(requests.iter().map(|request| request.events.len()).sum::<usize>(), 310);
    assert_eq!(keys, BTreeMap::from(expected));
}

#[test]
fn every_recorded_event_that_is_an_action_becomes_one() {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut teaching = 0;
    for event in recorded_events() {
        match event.disposition(&LeftOut::default()) {
            Disposition::Action(kind) => *kinds.entry(kind.as_str()).or_default() += 1,
            Disposition::Teaches => teaching += 1,
            Disposition::LeftOut(reason) => assert_eq!(reason, "listed"),
        }
    }
    let expected =
        [("pageview", 49), ("click", 156), ("type", 41), ("submit", 12), ("rageclick", 4), ("custom", 8)];
    assert_eq!(kinds, BTreeMap::from(expected));
    assert_eq!(kinds.values().sum::<usize>(), 270);
    assert_eq!(teaching, 11);
}

#[test]
fn the_actions_of_every_recorded_session() {
    insta::assert_snapshot!("sessions", in_words(&by_session(recorded_events())));
}

#[test]
fn webhooks_give_the_same_actions_as_the_browsers_requests() {
    let direct = batches(&by_session(recorded_events()));
    let hooked = batches(&by_session(recorded_webhooks()));
    assert_eq!(direct.len(), hooked.len());
    for (session, batch) in &direct {
        let read = |batch: &ActionsPayload| -> Vec<[String; 5]> { batch.actions.iter().map(told).collect() };
        assert_eq!(read(batch), read(&hooked[session]), "{session}");
    }
}

#[test]
fn nothing_that_was_typed_appears() {
    let typed = [
        "not-a-real-password",
        "4111111111111111",
        "Example GmbH",
        "Please send the invoice",
        "Call the printer",
        "catálogo 日本",
        "nobody@example.org",
        "someone@example.net",
        "Rückerstattung",
        "Brazil",
    ];
    for (session, mut batch) in batches(&by_session(recorded_events())) {
        for action in &mut batch.actions {
            // The application puts its search into the URL itself.
            action.raw_url.clear();
        }
        let json = batch.to_json();
        for text in typed {
            assert!(!json.contains(text), "{session}: {text}");
        }
    }
}

#[test]
fn many_small_flushes_give_the_same_actions_as_one() {
    for (session, events) in by_session(recorded_events()) {
        let whole = flush(&mut SessionState::default(), &events).expect("each session has actions");
        for size in [1, 3, 7] {
            let mut state = SessionState::default();
            let batches: Vec<_> =
                events.chunks(size).filter_map(|events| flush(&mut state, events)).collect();
            let mut actions: Vec<&SlimAction> = batches.iter().flat_map(|batch| &batch.actions).collect();
            let indices: Vec<i64> = actions.iter().map(|action| action.index).collect();
            assert_eq!(indices, (0..i64::try_from(actions.len()).unwrap()).collect::<Vec<_>>());
            actions.sort_by(|a, b| a.timestamp_start.total_cmp(&b.timestamp_start));
            let (split, whole): (Vec<_>, Vec<_>) =
                (actions.into_iter().map(told).collect(), whole.actions.iter().map(told).collect());
            assert_eq!(split, whole, "{session} by {size}");
            assert_eq!(state.next_index(), i64::try_from(whole.len()).unwrap());
        }
    }
}

#[test]
fn an_event_waits_in_the_log_unchanged() {
    for event in recorded_events().chain(recorded_webhooks()) {
        let stored = event.to_stored();
        assert_eq!(BrowserEvent::from_stored(&stored).as_ref(), Some(&event));
    }
}

#[test]
fn every_recorded_event_has_a_fingerprint_of_its_own() {
    for events in [recorded_events().collect::<Vec<_>>(), recorded_webhooks().collect()] {
        let mut seen: Vec<[u8; 16]> = events.iter().map(|event| event.fingerprint("product")).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 310);
    }
}

fn flush(state: &mut SessionState, events: &[BrowserEvent]) -> Option<ActionsPayload> {
    extract(state, "taskboat", events, 1_795_516_300_000, &LeftOut::default())
}

fn batches(sessions: &Sessions) -> BTreeMap<String, ActionsPayload> {
    let batch = |events: &[BrowserEvent]| flush(&mut SessionState::default(), events).expect("has actions");
    sessions.iter().map(|(session, events)| (session.clone(), batch(events))).collect()
}

/// What both ways must agree on. Webhooks know e-mails that other sessions brought.
fn told(action: &SlimAction) -> [String; 5] {
    let user = action.user_id.clone().unwrap_or_default();
    [action.kind.clone(), action.title.clone(), action.description.clone(), action.raw_url.clone(), user]
}

fn in_words(sessions: &Sessions) -> String {
    let mut words = String::new();
    for (session, events) in sessions {
        let mut state = SessionState::default();
        let batch = flush(&mut state, events).expect("each session has actions");
        writeln!(words, "== {session} · {} actions", batch.count).unwrap();
        let mut whose = None;
        for action in &batch.actions {
            let identity = (&action.user_id, &action.email);
            if whose != Some(identity) {
                whose = Some(identity);
                let [user, email] = [identity.0, identity.1].map(|text| text.as_deref().unwrap_or("-"));
                writeln!(words, "-- {user} · {email}").unwrap();
            }
            let SlimAction {
                index,
                kind,
                title,
                description,
                canonical_url,
                timestamp_start,
                timestamp_end,
                ..
            } = action;
            let lasted = (timestamp_end - timestamp_start) * 1_000.0;
            writeln!(words, "{index} {kind}: {title} | {description} | {canonical_url} | {timestamp_start:.3} +{lasted:.0} ms")
                .unwrap();
        }
        writeln!(words, ">> {}\n", summary::extractive(state.unsummarised())).unwrap();
    }
    words
}

fn by_session(events: impl Iterator<Item = BrowserEvent>) -> Sessions {
    let mut sessions: Sessions = Vec::new();
    for event in events {
        let key = event.session_key();
        match sessions.iter_mut().find(|(session, _)| *session == key) {
            Some((_, events)) => events.push(event),
            None => sessions.push((key, vec![event])),
        }
    }
    sessions
}

fn recorded_events() -> impl Iterator<Item = BrowserEvent> {
    recorded_requests().flat_map(|request| request.events).map(|event| event.expect("each can be read"))
}

/// The requests that carry events, in the order of arrival.
fn recorded_requests() -> impl Iterator<Item = posthog::Request> {
    recorded("requests.jsonl")
        .into_iter()
        .filter(|line| line["method"] == "POST" && is_ingestion(&line["path"]))
        .map(|line| {
            let body = BASE64_STANDARD.decode(line["body_base64"].as_str().unwrap()).unwrap();
            let query = line["query"].as_str().unwrap();
            posthog::decode(&body, query, received_ms(&line), LIMIT).expect("each can be decoded")
        })
}

fn recorded_webhooks() -> impl Iterator<Item = BrowserEvent> {
    recorded("webhooks.jsonl").into_iter().map(|line| {
        let body = line["body"].as_str().unwrap().as_bytes();
        let mut events = webhook::decode(body, received_ms(&line)).expect("each can be decoded");
        assert_eq!(events.len(), 1);
        events.remove(0).expect("each can be read")
    })
}

fn is_ingestion(path: &Value) -> bool {
    matches!(path.as_str(), Some("/e/" | "/i/v0/e/"))
}

fn received_ms(line: &Value) -> i64 {
    let received: jiff::Timestamp = line["received_at"].as_str().unwrap().parse().unwrap();
    received.as_millisecond()
}

fn recorded(file: &str) -> Vec<Value> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/posthog-capture").join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
