//! Extraction: a session's events and its state in, a batch of actions and the new state out. Pure, so that a flush that
//! a crash interrupted gives the same again.
//!
//! A batch is ordered by the events' corrected timestamps, then by arrival. What comes late goes into a later batch; an
//! `index`, once given, never changes.

use autoplay_protocol::payload::{ActionsPayload, SlimAction};
use serde::{Deserialize, Serialize};

use crate::browser_event::{ActionKind, BrowserEvent, Disposition};
use crate::identity::Identities;
pub use crate::left_out::LeftOut;
use crate::page::canonical_url;
use crate::wording::{Wording, describe};

/// How many actions at most wait for their summary; beyond it the oldest go.
const MOST_UNSUMMARISED: usize = 1_000;

/// What a session remembers from one flush to the next.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionState {
    next_index: i64,
    identities: Identities,
    unsummarised: Vec<ActionDigest>,
}

/// What a summary needs to know of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionDigest {
    /// The action's type.
    pub kind: ActionKind,
    /// What it was about: `Pay button`, a form's name, a custom event's name; empty if unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// The name of the page it happened on; empty if unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub page: String,
    /// What sort of thing it was about.
    #[serde(default, skip_serializing_if = "About::is_control")]
    pub about: About,
}

/// What sort of thing an action was about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum About {
    /// A button, a link, a text; also when nobody said what.
    #[default]
    Control,
    /// A field that is typed into.
    Field,
    /// A field that is set by choosing.
    Choice,
}

impl About {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
    fn is_control(&self) -> bool {
        *self == Self::Control
    }
}

impl SessionState {
    /// The actions since the last summary, oldest first.
    #[must_use]
    pub fn unsummarised(&self) -> &[ActionDigest] {
        &self.unsummarised
    }

    /// A summary of the oldest `count` of them has been made.
    pub fn summarised(&mut self, count: usize) {
        self.unsummarised.drain(..count.min(self.unsummarised.len()));
    }

    /// The `index` that the session's next action gets.
    #[must_use]
    pub fn next_index(&self) -> i64 {
        self.next_index
    }

    fn forget_excess(&mut self) {
        self.summarised(self.unsummarised.len().saturating_sub(MOST_UNSUMMARISED));
    }
}

/// Makes a batch of one session's events, given in the order of their arrival. `None` if no action comes of them; the
/// state may have learnt something nevertheless.
#[must_use]
pub fn extract(
    state: &mut SessionState,
    product_id: &str,
    events: &[BrowserEvent],
    forwarded_at_ms: i64,
    left_out: &LeftOut,
) -> Option<ActionsPayload> {
    let mut events: Vec<&BrowserEvent> = events.iter().collect();
    events.sort_by_key(|event| event.order_ms());
    // All is learnt first: what an event brings holds from its moment on, also for those that happened in the same flush.
    for event in &events {
        state.identities.learn(event);
    }
    let mut actions: Vec<SlimAction> = events
        .into_iter()
        .filter_map(|event| match event.disposition(left_out) {
            Disposition::Action(kind) => Some(action(state, kind, event)),
            Disposition::Teaches | Disposition::LeftOut(_) => None,
        })
        .collect();
    state.forget_excess();
    close(&mut actions);
    let last = actions.last()?;
    Some(ActionsPayload {
        product_id: product_id.to_owned(),
        session_id: last.session_id.clone(),
        user_id: last.user_id.clone(),
        email: last.email.clone(),
        count: i64::try_from(actions.len()).unwrap_or(i64::MAX),
        forwarded_at: seconds(forwarded_at_ms),
        actions,
        ..ActionsPayload::default()
    })
}

fn action(state: &mut SessionState, kind: ActionKind, event: &BrowserEvent) -> SlimAction {
    let Wording { title, description, subject, page, about } = describe(kind, event);
    let index = state.next_index;
    state.next_index += 1;
    state.unsummarised.push(ActionDigest { kind, subject, page, about });
    let email =
        event.email.as_deref().or_else(|| state.identities.email(&event.distinct_id, event.browser_ms()));
    let start = seconds(event.timestamp_ms);
    SlimAction {
        index,
        kind: kind.as_str().to_owned(),
        title,
        description,
        timestamp_start: start,
        timestamp_end: start,
        raw_url: event.current_url.clone(),
        canonical_url: canonical_url(&event.current_url),
        session_id: event.session_id.clone(),
        user_id: Some(event.distinct_id.clone()).filter(|id| !id.is_empty()),
        email: email.map(str::to_owned),
        ..SlimAction::default()
    }
}

/// An action lasts until the next one starts, but never ends before it started: clocks that are far off are ordered
/// otherwise than they read.
fn close(actions: &mut [SlimAction]) {
    for at in 1..actions.len() {
        let next = actions[at].timestamp_start;
        let action = &mut actions[at - 1];
        action.timestamp_end = next.max(action.timestamp_start);
    }
}

/// Unix milliseconds as the wire's Unix seconds.
#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds up to the year 9999 need 48 of a double's 53 bits"
)]
pub(crate) fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

#[cfg(test)]
mod tests;
