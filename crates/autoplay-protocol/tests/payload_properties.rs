//! Payloads against any content and any order of members.

use autoplay_protocol::json::{Object, Value};
use autoplay_protocol::payload::{ActionsPayload, Corrections, Payload, SlimAction, SummaryPayload};
use proptest::prelude::*;

fn identity() -> impl Strategy<Value = Option<String>> {
    prop::option::of(".{1,12}")
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        prop::num::f64::NORMAL,
        prop::num::f64::ZERO,
        (0..2_000_000_000_i32).prop_map(|at| f64::from(at) / 8.0)
    ]
}

/// Unknown fields: their names have a letter that no known name has.
fn extra() -> impl Strategy<Value = Object> {
    let value = prop_oneof![
        Just(Value::Null),
        any::<u64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::collection::vec(any::<bool>().prop_map(Value::from), 0..4).prop_map(Value::from),
    ];
    prop::collection::vec(("[a-zé\"]{0,5}X", value), 0..4).prop_map(|members| members.into_iter().collect())
}

prop_compose! {
    fn action()(
        (index, kind, title, description) in any::<(i64, String, String, String)>(),
        (timestamp_start, timestamp_end) in (number(), number()),
        (raw_url, canonical_url) in any::<(String, String)>(),
        // An empty identity is not the same as none here.
        (session_id, user_id, email, conversation_id) in any::<(Option<String>, Option<String>, Option<String>, Option<String>)>(),
        extra in extra(),
    ) -> SlimAction {
        SlimAction {
            index, kind, title, description, timestamp_start, timestamp_end, raw_url, canonical_url,
            session_id, user_id, email, conversation_id, extra,
        }
    }
}

prop_compose! {
    fn batch()(
        product_id: String,
        (session_id, user_id, email) in (identity(), identity(), identity()),
        conversation_id: Option<String>,
        forwarded_at in number(),
        actions in prop::collection::vec(action(), 0..5),
        extra in extra(),
    ) -> ActionsPayload {
        let count = i64::try_from(actions.len()).unwrap_or(i64::MAX);
        ActionsPayload { product_id, session_id, user_id, email, conversation_id, count, forwarded_at, actions, extra }
    }
}

prop_compose! {
    fn summary()(
        (product_id, summary, replaces) in any::<(String, String, i64)>(),
        session_id in identity(),
        forwarded_at in number(),
        extra in extra(),
    ) -> SummaryPayload {
        SummaryPayload { product_id, session_id, summary, replaces, forwarded_at, extra }
    }
}

/// The members of a JSON object, turned around.
fn backwards(json: &str) -> String {
    let value = Value::parse(json).expect("valid");
    let mut members: Vec<_> = value.as_object().expect("an object").iter().collect();
    members.reverse();
    let members = members.into_iter().map(|(name, value)| (name, value.clone()));
    Value::from(members.collect::<Object>()).to_json()
}

proptest! {
    #[test]
    fn a_batch_reads_back_equal_whatever_the_order_of_its_members(batch in batch()) {
        let json = batch.to_json();
        let expected = (Payload::Actions(batch), Corrections::default());
        prop_assert_eq!(Payload::read(&backwards(&json), "summary"), Ok(expected.clone()));
        prop_assert_eq!(Payload::read(&json, "message"), Ok(expected));
    }

    #[test]
    fn a_summary_reads_back_equal_whatever_the_order_of_its_members(summary in summary()) {
        let json = summary.to_json();
        let expected = (Payload::Summary(summary), Corrections::default());
        prop_assert_eq!(Payload::read(&backwards(&json), "actions"), Ok(expected.clone()));
        prop_assert_eq!(Payload::read(&json, "message"), Ok(expected));
    }

    #[test]
    fn a_line_for_each_action_and_one_for_the_session(batch in batch()) {
        let text = batch.to_text();
        let lines: Vec<String> = batch.actions.iter().map(SlimAction::to_text).collect();
        let rest = text.split_once(" actions").expect("a first line").1;
        prop_assert!(rest.ends_with(&lines.join("\n")));
    }

    #[test]
    fn a_cut_payload_is_malformed_and_says_where(batch in batch(), part in 0.0..1.0_f64) {
        let json = batch.to_json();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in the text")]
        let cut = json.floor_char_boundary((json.len() as f64 * part) as usize);
        let error = Payload::read(&json[..cut], "actions").expect_err("cut off");
        prop_assert!(error.offset() <= cut);
    }

    #[test]
    fn merging_keeps_every_action_in_order(batches in prop::collection::vec(batch(), 1..4)) {
        let titles: Vec<String> = batches.iter().flat_map(|batch| &batch.actions).map(|action| action.title.clone()).collect();
        let merged = ActionsPayload::merge(batches).expect("at least one");
        prop_assert_eq!(merged.count, i64::try_from(titles.len()).unwrap_or(i64::MAX));
        for ((index, action), title) in (0..).zip(&merged.actions).zip(titles) {
            prop_assert_eq!((action.index, &action.title), (index, &title));
        }
    }
}
