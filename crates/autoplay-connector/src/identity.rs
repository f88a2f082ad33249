//! Whose e-mail is whose, and since when.
//!
//! An action has the e-mail that its own user (or the identity that its user was aliased to) had at the action's moment.
//! Everything is by the events' timestamps, not by arrival: `$identify` is sent at once and overtakes the clicks that
//! came first. The timestamps are those of the browser's own clock: one session has one browser. Nobody ever gets the e-mail of another user of the same session.

use serde::{Deserialize, Serialize};

use crate::browser_event::BrowserEvent;

/// How many e-mails and how many aliases are kept; beyond it the oldest go.
const KEPT: usize = 64;

/// An id longer than this teaches nothing: the state is written with every flush.
const LONGEST_ID: usize = 400;

/// What is known of a session's users.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Identities {
    /// In the order of their moments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    emails: Vec<Fact>,
    /// In the order of their moments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<Fact>,
}

/// From the moment `at` on, `id` has this e-mail or means this other id.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Fact {
    at: i64,
    id: String,
    is: String,
}

impl Identities {
    /// Learns what the event brings. Events that are known together are learnt in the order of their moments.
    pub(crate) fn learn(&mut self, event: &BrowserEvent) {
        let (at, id) = (event.browser_ms(), event.distinct_id.as_str());
        if id.is_empty() {
            return;
        }
        if let Some(alias) = &event.alias {
            insert(&mut self.aliases, at, alias, id);
        }
        if let Some(email) = event.set_email.as_ref().or(event.email.as_ref()) {
            insert(&mut self.emails, at, id, email);
        } else if let Some(email) = &event.set_email_once
            && self.email(id, at).is_none()
        {
            insert(&mut self.emails, at, id, email);
        }
    }

    /// The e-mail that this user had at this moment.
    pub(crate) fn email(&self, id: &str, at: i64) -> Option<&str> {
        let ids = self.identities(id, at);
        let known = self.emails.iter().rev().find(|fact| fact.at <= at && ids.contains(&fact.id.as_str()));
        known.map(|fact| fact.is.as_str())
    }

    /// The id, and all that it meant at this moment.
    fn identities<'a>(&'a self, id: &'a str, at: i64) -> Vec<&'a str> {
        let mut ids = vec![id];
        let mut next = 0;
        while let Some(&id) = ids.get(next) {
            for alias in self.aliases.iter().filter(|alias| alias.at <= at && alias.id == id) {
                if !ids.contains(&alias.is.as_str()) {
                    ids.push(&alias.is);
                }
            }
            next += 1;
        }
        ids
    }
}

/// Inserts a fact at its moment, unless it was already so; what says the same later says nothing new.
fn insert(facts: &mut Vec<Fact>, at: i64, id: &str, is: &str) {
    if id.len() > LONGEST_ID || is.len() > LONGEST_ID {
        return;
    }
    let place = facts.partition_point(|fact| fact.at <= at);
    if facts[..place].iter().rev().find(|fact| fact.id == id).is_some_and(|fact| fact.is == is) {
        return;
    }
    if let Some(later) = facts[place..].iter().position(|fact| fact.id == id)
        && facts[place + later].is == is
    {
        facts.remove(place + later);
    }
    facts.insert(place, Fact { at, id: id.to_owned(), is: is.to_owned() });
    if facts.len() > KEPT {
        facts.remove(0);
    }
}

/// Shows how much is known, never what.
impl std::fmt::Debug for Identities {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (emails, aliases) = (self.emails.len(), self.aliases.len());
        f.debug_struct("Identities").field("emails", &emails).field("aliases", &aliases).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(at: i64, id: &str) -> BrowserEvent {
        BrowserEvent {
            timestamp_ms: at,
            received_ms: at,
            distinct_id: id.to_owned(),
            ..BrowserEvent::default()
        }
    }

    fn identify(at: i64, id: &str, anonymous: &str, email: &str) -> BrowserEvent {
        BrowserEvent { alias: Some(anonymous.to_owned()), set_email: Some(email.to_owned()), ..event(at, id) }
    }

    fn with_email(at: i64, id: &str, email: &str) -> BrowserEvent {
        BrowserEvent { email: Some(email.to_owned()), ..event(at, id) }
    }

    fn learnt(events: &[BrowserEvent]) -> Identities {
        let mut identities = Identities::default();
        for event in events {
            identities.learn(event);
        }
        identities
    }

    #[test]
    fn an_email_holds_from_its_moment_on() {
        let known = learnt(&[with_email(10, "a", "a@x.example"), with_email(20, "a", "b@x.example")]);
        for (at, expected) in [
            (9, None),
            (10, Some("a@x.example")),
            (19, Some("a@x.example")),
            (20, Some("b@x.example")),
            (99, Some("b@x.example")),
        ] {
            assert_eq!(known.email("a", at), expected, "{at}");
        }
    }

    #[test]
    fn the_order_of_learning_does_not_matter() {
        let events = [
            with_email(10, "a", "a@x.example"),
            with_email(20, "a", "b@x.example"),
            with_email(5, "a", "a@x.example"),
        ];
        let forwards = learnt(&events);
        let backwards = learnt(&[events[2].clone(), events[1].clone(), events[0].clone()]);
        for at in 0..30 {
            assert_eq!(forwards.email("a", at), backwards.email("a", at), "{at}");
        }
        assert_eq!(forwards.email("a", 5), Some("a@x.example"));
    }

    #[test]
    fn an_alias_means_the_other_identity_from_its_moment_on() {
        let known =
            learnt(&[with_email(1, "user", "u@x.example"), identify(10, "user", "anon", "u@x.example")]);
        assert_eq!(known.email("anon", 9), None);
        assert_eq!(known.email("anon", 10), Some("u@x.example"));
        let chained = learnt(&[
            identify(10, "b", "a", "b@x.example"),
            BrowserEvent { alias: Some("b".to_owned()), ..with_email(20, "c", "c@x.example") },
        ]);
        assert_eq!(chained.email("a", 30), Some("c@x.example"));
        let circle = learnt(&[identify(1, "a", "b", "a@x.example"), identify(2, "b", "a", "b@x.example")]);
        assert_eq!(circle.email("a", 3), Some("b@x.example"));
    }

    #[test]
    fn another_user_never_gets_somebody_elses() {
        let known =
            learnt(&[identify(10, "a", "anon-1", "a@x.example"), event(20, "anon-2"), event(30, "b")]);
        for id in ["anon-2", "b", ""] {
            assert_eq!(known.email(id, 99), None, "{id}");
        }
        assert_eq!(learnt(&[with_email(1, "", "a@x.example")]).email("", 2), None);
    }

    #[test]
    fn set_once_does_not_replace_what_is_known() {
        let once = |at| BrowserEvent { set_email_once: Some("once@x.example".to_owned()), ..event(at, "a") };
        assert_eq!(learnt(&[once(1)]).email("a", 1), Some("once@x.example"));
        assert_eq!(learnt(&[with_email(1, "a", "a@x.example"), once(2)]).email("a", 3), Some("a@x.example"));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut identities = Identities::default();
        for at in 0..1_000 {
            identities.learn(&identify(at, "user", &format!("anon-{at}"), &format!("{at}@x.example")));
        }
        identities.learn(&with_email(2_000, &"x".repeat(401), "x@x.example"));
        assert_eq!((identities.emails.len(), identities.aliases.len()), (KEPT, KEPT));
        assert_eq!(identities.email("anon-999", 1_000), Some("999@x.example"));
    }

    #[test]
    fn debug_shows_no_address() {
        assert!(!format!("{:?}", learnt(&[with_email(1, "a", "a@x.example")])).contains('@'));
    }
}
