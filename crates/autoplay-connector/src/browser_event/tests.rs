use std::collections::HashSet;

use super::*;
use crate::elements::from_chain;

fn named(event: &str) -> BrowserEvent {
    BrowserEvent { event: event.to_owned(), ..BrowserEvent::default() }
}

fn dom(event_type: &str) -> BrowserEvent {
    BrowserEvent { event_type: event_type.to_owned(), ..named("$autocapture") }
}

#[test]
fn every_event_becomes_what_the_contract_says() {
    let left_out = LeftOut::default();
    for (event, expected) in [
        (named("$pageview"), Disposition::Action(ActionKind::Pageview)),
        (named("$rageclick"), Disposition::Action(ActionKind::Rageclick)),
        (dom("click"), Disposition::Action(ActionKind::Click)),
        (dom("change"), Disposition::Action(ActionKind::Type)),
        (dom("input"), Disposition::Action(ActionKind::Type)),
        (dom("keydown"), Disposition::Action(ActionKind::Type)),
        (dom("submit"), Disposition::Action(ActionKind::Submit)),
        (dom("focus"), Disposition::Action(ActionKind::Focus)),
        (dom("blur"), Disposition::Action(ActionKind::Blur)),
        (dom("touchstart"), Disposition::LeftOut("unknown_dom_event")),
        (dom(""), Disposition::LeftOut("unknown_dom_event")),
        (named("csv_exported"), Disposition::Action(ActionKind::Custom)),
        (named("pageview"), Disposition::Action(ActionKind::Custom)),
        (named("click"), Disposition::Action(ActionKind::Custom)),
        (named("$pageleave"), Disposition::LeftOut("listed")),
        (named("survey shown"), Disposition::LeftOut("listed")),
        (named("$screen"), Disposition::LeftOut("unknown_event")),
        (named("$"), Disposition::LeftOut("unknown_event")),
    ] {
        assert_eq!(event.disposition(&left_out), expected, "{event:?}");
        assert_eq!(event.is_action(&left_out), matches!(expected, Disposition::Action(_)));
    }
}

#[test]
fn what_is_left_out_can_still_teach() {
    let left_out = LeftOut::default();
    let some = || Some("x".to_owned());
    for event in [
        BrowserEvent { set_email: some(), ..named("$set") },
        BrowserEvent { set_email_once: some(), ..named("$set") },
        BrowserEvent { alias: some(), ..named("$identify") },
        BrowserEvent { email: some(), ..named("$pageleave") },
        BrowserEvent { email: some(), ..dom("touchstart") },
    ] {
        assert_eq!(event.disposition(&left_out), Disposition::Teaches, "{event:?}");
    }
    let action = BrowserEvent { email: some(), ..named("$pageview") };
    assert_eq!(action.disposition(&left_out), Disposition::Action(ActionKind::Pageview));
}

#[test]
fn the_list_of_what_is_left_out_is_a_setting() {
    let own = LeftOut::new(["$pageview"]);
    assert_eq!(named("$pageview").disposition(&own), Disposition::LeftOut("listed"));
    assert_eq!(named("$pageleave").disposition(&own), Disposition::LeftOut("unknown_event"));
    assert_eq!(named("survey shown").disposition(&own), Disposition::Action(ActionKind::Custom));
}

#[test]
fn an_event_with_a_uuid_is_known_by_it_alone() {
    let event = BrowserEvent { uuid: Some("01A2".to_owned()), ..named("a") };
    let same = BrowserEvent { uuid: Some("01a2".to_owned()), timestamp_ms: 7, ..named("b") };
    let other = BrowserEvent { uuid: Some("01a3".to_owned()), ..named("a") };
    assert_eq!(event.fingerprint("p"), same.fingerprint("p"));
    assert_ne!(event.fingerprint("p"), other.fingerprint("p"));
    assert_ne!(event.fingerprint("p"), event.fingerprint("q"));
}

#[test]
fn an_event_without_a_uuid_is_known_by_all_its_content() {
    let parts = ["d", "s", "e", "t", "w", "u", "c"];
    let fingerprint =
        |parts| BrowserEvent { content: ContentDigest::of(parts), ..named("x") }.fingerprint("p");
    let mut seen = HashSet::from([fingerprint(parts)]);
    for at in 0..parts.len() {
        let mut changed = parts;
        changed[at] = "z";
        assert!(seen.insert(fingerprint(changed)), "{at}");
    }
    // The parts cannot run into each other.
    assert!(seen.insert(fingerprint(["ds", "", "e", "t", "w", "u", "c"])));
    assert!(seen.insert(fingerprint(["", "ds", "e", "t", "w", "u", "c"])));
    assert_eq!(fingerprint(parts), fingerprint(parts));
}

#[test]
fn sessions_and_people_have_keys_that_never_collide() {
    let keyed = |session: Option<&str>, person: &str| {
        let (session_id, distinct_id) = (session.map(str::to_owned), person.to_owned());
        BrowserEvent { session_id, distinct_id, ..named("a") }.session_key()
    };
    let long = "x".repeat(201);
    let long_too = "x".repeat(202);
    let keys = [
        keyed(Some("a"), "b"),
        keyed(Some("b"), "a"),
        keyed(None, "a"),
        keyed(None, "session:a"),
        keyed(Some("person:a"), ""),
        keyed(None, ""),
        keyed(Some(&long), ""),
        keyed(Some(&long_too), ""),
        keyed(None, &long),
    ];
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len());
    assert!(keys.iter().all(|key| key.len() < 250));
    assert_eq!(keyed(Some("a"), "b"), keyed(Some("a"), "c"));
}

#[test]
fn what_waits_in_the_log_comes_back_and_is_compact() {
    let event = BrowserEvent {
        event_type: "click".to_owned(),
        timestamp_ms: -1,
        received_ms: 2,
        session_id: Some("s\n".to_owned()),
        elements: from_chain(r#"button.a:attr__id="b"nth-child="1"text="Pay 🎉""#),
        content: ContentDigest::of(["d"; 7]),
        ..named("a")
    };
    assert_eq!(BrowserEvent::from_stored(&event.to_stored()), Some(event));
    let small = named("a").to_stored();
    assert_eq!(small, r#"{"event":"a","timestamp_ms":0,"received_ms":0}"#);
    assert_eq!(BrowserEvent::from_stored(b"{"), None);
    assert_eq!(BrowserEvent::from_stored(br#"{"event":"a","later_field":1}"#), Some(named("a")));
}

#[test]
fn debug_shows_neither_whose_it_is_nor_what_it_says() {
    let event = BrowserEvent {
        distinct_id: "secret".to_owned(),
        email: Some("secret".to_owned()),
        current_url: "secret".to_owned(),
        elements: from_chain(r#"p:text="secret""#),
        ..named("a")
    };
    assert!(!format!("{event:?}").contains("secret"));
}

#[test]
fn a_clock_that_is_ahead_counts_for_a_day_at_most() {
    let at = |timestamp_ms, received_ms| BrowserEvent { timestamp_ms, received_ms, ..named("a") }.order_ms();
    assert_eq!(at(5, 100), 5);
    assert_eq!(at(100 + FUTURE_MS, 100), 100 + FUTURE_MS);
    assert_eq!(at(253_402_300_799_999, 100), 100 + FUTURE_MS);
    assert_eq!(at(i64::MAX, i64::MAX), i64::MAX);
}

#[test]
fn what_no_page_needs_is_cut_and_an_id_that_long_is_none() {
    let long = "é".repeat(100_000);
    let event = |name: &str, session: &str| {
        let body = format!(
            r#"{{"event":"{name}","event_type":"{long}","current_url":"https://x.example/{long}","session_id":"{session}"}}"#
        );
        crate::webhook::decode(body.as_bytes(), 0).unwrap().remove(0)
    };
    let kept = event(&long, "s").unwrap();
    assert_eq!(kept.event, "é".repeat(120));
    assert!((65_535..=65_536).contains(&kept.current_url.len()), "{}", kept.current_url.len());
    assert!(kept.weight() < 70 << 10, "{}", kept.weight());
    assert_eq!(event("x", &long), Err(Unreadable::TooLong));
}
