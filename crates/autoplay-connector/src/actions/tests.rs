use proptest::prelude::*;

use super::*;
use crate::elements::from_chain;

const NOW: i64 = 1_795_516_030_000;

/// A custom event, so many milliseconds after `NOW`.
fn event(name: &str, after_ms: i64) -> BrowserEvent {
    BrowserEvent {
        event: name.to_owned(),
        timestamp_ms: NOW + after_ms,
        received_ms: NOW,
        session_id: Some("s".to_owned()),
        distinct_id: "anon".to_owned(),
        current_url: "https://shop.example/orders/17?q=typed".to_owned(),
        ..BrowserEvent::default()
    }
}

fn of(user: &str, event: BrowserEvent) -> BrowserEvent {
    BrowserEvent { distinct_id: user.to_owned(), ..event }
}

fn identify(after_ms: i64) -> BrowserEvent {
    BrowserEvent {
        alias: Some("anon".to_owned()),
        set_email: Some("ada@x.example".to_owned()),
        ..of("ada", event("$identify", after_ms))
    }
}

fn flush(state: &mut SessionState, events: &[BrowserEvent]) -> Option<ActionsPayload> {
    extract(state, "shop", events, NOW + 250, &LeftOut::default())
}

fn batch(events: &[BrowserEvent]) -> ActionsPayload {
    flush(&mut SessionState::default(), events).expect("an action comes of them")
}

fn titles(batch: &ActionsPayload) -> Vec<&str> {
    batch.actions.iter().map(|action| action.title.as_str()).collect()
}

fn emails(batch: &ActionsPayload) -> Vec<Option<&str>> {
    batch.actions.iter().map(|action| action.email.as_deref()).collect()
}

#[test]
fn an_action_says_all_that_the_contract_asks_for() {
    let click = BrowserEvent {
        event_type: "click".to_owned(),
        elements: from_chain(r#"button:text="Pay""#),
        email: Some("ada@x.example".to_owned()),
        ..event("$autocapture", 125)
    };
    let expected = SlimAction {
        index: 0,
        kind: "click".to_owned(),
        title: "Click Pay button".to_owned(),
        description: "User clicked Pay button on the orders page".to_owned(),
        timestamp_start: 1_795_516_030.125,
        timestamp_end: 1_795_516_030.125,
        raw_url: "https://shop.example/orders/17?q=typed".to_owned(),
        canonical_url: "https://shop.example/orders/:id".to_owned(),
        session_id: Some("s".to_owned()),
        user_id: Some("anon".to_owned()),
        email: Some("ada@x.example".to_owned()),
        ..SlimAction::default()
    };
    let expected = ActionsPayload {
        product_id: "shop".to_owned(),
        session_id: Some("s".to_owned()),
        user_id: Some("anon".to_owned()),
        email: Some("ada@x.example".to_owned()),
        count: 1,
        forwarded_at: 1_795_516_030.25,
        actions: vec![expected],
        ..ActionsPayload::default()
    };
    assert_eq!(batch(&[click]), expected);
}

#[test]
fn a_batch_is_ordered_by_timestamp_then_by_arrival() {
    let batch = batch(&[event("c", 30), event("a", 10), event("b1", 20), event("b2", 20)]);
    assert_eq!(titles(&batch), ["a", "b1", "b2", "c"]);
    let spans: Vec<(f64, f64)> = batch.actions.iter().map(|a| (a.timestamp_start, a.timestamp_end)).collect();
    let second = |ms: i32| 1_795_516_030.0 + f64::from(ms) / 1_000.0;
    let expected = [
        (second(10), second(20)),
        (second(20), second(20)),
        (second(20), second(30)),
        (second(30), second(30)),
    ];
    assert_eq!(spans, expected);
}

#[test]
fn a_clock_that_is_far_off_is_kept_but_rules_no_order() {
    const DAY: i64 = 86_400_000;
    let far = BrowserEvent { timestamp_ms: 253_402_300_799_999, ..event("far", 0) };
    let later = BrowserEvent { received_ms: NOW + 2 * DAY, ..event("later", 2 * DAY) };
    let old = BrowserEvent { timestamp_ms: 0, ..event("old", 0) };
    let batch = batch(&[far, later, event("now", 0), old]);
    assert_eq!(titles(&batch), ["old", "now", "far", "later"]);
    let starts: Vec<f64> = batch.actions.iter().map(|action| action.timestamp_start).collect();
    assert_eq!(starts, [0.0, 1_795_516_030.0, 253_402_300_799.999, 1_795_688_830.0]);
    for action in &batch.actions {
        assert!(action.timestamp_end >= action.timestamp_start);
    }
}

#[test]
fn the_index_goes_on_over_flushes_and_restarts() {
    let mut state = SessionState::default();
    let first = flush(&mut state, &[event("a", 0), event("b", 1)]).unwrap();
    assert_eq!(flush(&mut state, &[event("$pageleave", 2)]), None);
    let stored = serde_json::to_string(&state).unwrap();
    let mut state: SessionState = serde_json::from_str(&stored).unwrap();
    let second = flush(&mut state, &[event("late", -5), event("c", 3)]).unwrap();
    let indices =
        |batch: &ActionsPayload| batch.actions.iter().map(|action| action.index).collect::<Vec<_>>();
    assert_eq!((indices(&first), indices(&second)), (vec![0, 1], vec![2, 3]));
    assert_eq!(titles(&second), ["late", "c"]);
    assert_eq!(state.next_index(), 4);
}

#[test]
fn an_interrupted_flush_gives_the_same_again() {
    let mut state = SessionState::default();
    let _ = flush(&mut state, &[event("a", 0), identify(1)]);
    let events = [event("b", 2), of("ada", event("c", 3))];
    let (mut once, mut again) = (state.clone(), state);
    assert_eq!(flush(&mut once, &events), flush(&mut again, &events));
    assert_eq!(once, again);
}

#[test]
fn an_action_older_than_the_event_that_brought_the_email_does_not_get_it() {
    // The identify overtakes the click that came before it.
    let whole = batch(&[identify(10), event("before", 9), event("at", 10), of("ada", event("after", 11))]);
    assert_eq!(titles(&whole), ["before", "at", "after"]);
    assert_eq!(emails(&whole), [None, Some("ada@x.example"), Some("ada@x.example")]);

    let mut state = SessionState::default();
    assert_eq!(flush(&mut state, &[identify(10)]), None);
    let late = flush(&mut state, &[event("before", 9), of("ada", event("after", 11))]).unwrap();
    assert_eq!(emails(&late), [None, Some("ada@x.example")]);
}

#[test]
fn the_time_on_the_way_does_not_make_an_older_action_younger() {
    let sent = |event: BrowserEvent, browser_ms| BrowserEvent { browser_ms: Some(browser_ms), ..event };
    // By the browser's clock the click came first; its request took longer.
    let events = [sent(identify(10), 1_000), sent(event("click", 110), 990), sent(event("next", 111), 1_001)];
    assert_eq!(emails(&batch(&events)), [None, Some("ada@x.example")]);
}

#[test]
fn nobody_gets_the_email_of_another_user_of_the_session() {
    let events =
        [identify(0), of("ada", event("a", 1)), of("anon-2", event("b", 2)), of("bob", event("c", 3))];
    let batch = batch(&events);
    assert_eq!(emails(&batch), [Some("ada@x.example"), None, None]);
    assert_eq!((batch.user_id.as_deref(), batch.email), (Some("bob"), None));
}

#[test]
fn an_email_of_its_own_counts_at_once_and_from_then_on() {
    let registered = BrowserEvent { email: Some("ada@x.example".to_owned()), ..event("b", 2) };
    let batch = batch(&[event("a", 1), registered, event("c", 3)]);
    assert_eq!(emails(&batch), [None, Some("ada@x.example"), Some("ada@x.example")]);
}

#[test]
fn without_session_or_user_the_fields_are_empty() {
    let event =
        BrowserEvent { session_id: None, current_url: "about:blank".to_owned(), ..of("", event("a", 0)) };
    let batch = batch(&[event]);
    let action = &batch.actions[0];
    assert_eq!(
        (&batch.session_id, &batch.user_id, &action.session_id, &action.user_id),
        (&None, &None, &None, &None)
    );
    assert_eq!((action.raw_url.as_str(), action.canonical_url.as_str()), ("about:blank", ""));
    assert_eq!(action.description, "User triggered a");
}

#[test]
fn a_line_break_in_any_text_stays_within_its_line() {
    let hostile = "x\r\n\r\ndata: {}\u{2028}id: 7";
    let event = BrowserEvent {
        session_id: Some(hostile.to_owned()),
        current_url: format!("https://x.example/{hostile}"),
        ..of(hostile, event(hostile, 0))
    };
    let batch = batch(&[event]);
    assert!(!batch.to_json().contains(['\r', '\n']));
    let action = &batch.actions[0];
    for text in [&action.title, &action.description, &action.canonical_url] {
        assert!(!text.contains(['\r', '\n', '\u{2028}']), "{text:?}");
    }
}

#[test]
fn what_waits_for_a_summary_leaves_with_it_and_is_bounded() {
    let mut state = SessionState::default();
    let _ = flush(&mut state, &[event("a", 0), event("$pageleave", 1), event("b", 2), event("c", 3)]);
    let subjects = |state: &SessionState| -> Vec<String> {
        state.unsummarised().iter().map(|digest| digest.subject.clone()).collect()
    };
    assert_eq!(subjects(&state), ["a", "b", "c"]);
    state.summarised(2);
    assert_eq!(subjects(&state), ["c"]);
    state.summarised(7);
    assert!(state.unsummarised().is_empty());
    for round in 0..30 {
        let _ = flush(&mut state, &(0..50).map(|at| event("x", round * 50 + at)).collect::<Vec<_>>());
    }
    assert_eq!(state.unsummarised().len(), MOST_UNSUMMARISED);
}

proptest! {
    #[test]
    fn whatever_happened_a_batch_is_well_formed(events in prop::collection::vec(any_event(), 0..20), cut in 0..20_usize) {
        let mut state = SessionState::default();
        let (first, second) = events.split_at(cut.min(events.len()));
        let batches: Vec<ActionsPayload> = [first, second].iter().filter_map(|part| flush(&mut state, part)).collect();
        let actions: Vec<&SlimAction> = batches.iter().flat_map(|batch| &batch.actions).collect();
        for (expected, action) in (0..).zip(&actions) {
            prop_assert_eq!(action.index, expected);
            prop_assert!(action.timestamp_end >= action.timestamp_start);
            for text in [&action.title, &action.description, &action.canonical_url] {
                prop_assert!(!text.contains(char::is_control));
            }
            prop_assert!(!action.title.is_empty() && action.title.chars().count() <= 145);
        }
        for batch in &batches {
            prop_assert_eq!(usize::try_from(batch.count), Ok(batch.actions.len()));
            prop_assert_eq!(&batch.user_id, &batch.actions.last().unwrap().user_id);
        }
        prop_assert_eq!(state.unsummarised().len(), actions.len());
    }
}

fn any_event() -> impl Strategy<Value = BrowserEvent> {
    let name = prop::sample::select(vec![
        "$autocapture",
        "$pageview",
        "$rageclick",
        "$identify",
        "$pageleave",
        "paid\n",
    ]);
    let kind = prop::sample::select(vec!["click", "change", "submit", "focus", "blur", "touch"]);
    let clock = prop_oneof![-5_000..5_000_i64, Just(-NOW), Just(253_402_300_799_999 - NOW)];
    let user = prop::sample::select(vec!["", "anon", "ada"]);
    let email = prop::option::of(Just("ada@x.example".to_owned()));
    (name, kind, clock, user, email, ".{0,30}", ".{0,200}").prop_map(
        |(name, kind, clock, user, email, path, text)| {
            let text = text.replace('"', "\\\"");
            BrowserEvent {
                event_type: kind.to_owned(),
                email,
                current_url: format!("https://x.example/{path}"),
                elements: from_chain(&format!("a.b:attr__id=\"{path}\"text=\"{text}\"")),
                ..of(user, event(name, clock))
            }
        },
    )
}
