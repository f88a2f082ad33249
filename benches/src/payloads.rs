//! The events that everything is measured with: batches as the connector writes them.

use autoplay_protocol::payload::{ActionsPayload, SlimAction};
use autoplay_protocol::sse::write_event;
use bytes::Bytes;

/// How many actions the batches of a measurement have: about 0.6, 2.4 and 22 KB of JSON.
pub const SIZES: [usize; 3] = [1, 5, 50];

/// Any moment; of the length that all Unix times of these years have.
const AT: f64 = 1_767_225_600.25;

const PAGES: [&str; 4] = ["billing", "project settings", "members", "dashboard"];

/// Events one after another, as they are in the body of a response.
#[derive(Debug, Clone)]
pub struct Recording {
    /// All of them.
    pub body: Bytes,
    /// Each of them.
    pub events: Vec<Bytes>,
    /// The JSON of each of them.
    pub json: Vec<String>,
}

impl Recording {
    /// As many events with `actions` actions each as make about `bytes`.
    #[must_use]
    pub fn of(actions: usize, bytes: usize) -> Self {
        let mut body = Vec::with_capacity(bytes + 64 * 1024);
        let mut ends = vec![0];
        let mut json = Vec::new();
        while body.len() < bytes {
            let number = json.len();
            let data = batch(actions, number).to_json();
            write_event(&mut body, None, Some(&format!("1-00000193a1b2c3d4-{}", 1_000_000 + number)), &data);
            ends.push(body.len());
            json.push(data);
        }
        let body = Bytes::from(body);
        let events = ends.windows(2).map(|ends| body.slice(ends[0]..ends[1])).collect();
        Self { body, events, json }
    }

    /// The JSON, borrowed.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        self.json.iter().map(String::as_str).collect()
    }

    /// The body as it comes out of a socket: whatever fits into a buffer of 64 KiB.
    #[must_use]
    pub fn reads(&self) -> Vec<Bytes> {
        (0..self.body.len())
            .step_by(64 * 1024)
            .map(|start| self.body.slice(start..self.body.len().min(start + 64 * 1024)))
            .collect()
    }
}

/// The `number`th batch, with `actions` actions.
#[must_use]
pub fn batch(actions: usize, number: usize) -> ActionsPayload {
    let session = format!("0193a1b2-c3d4-7e5f-8a9b-{number:012x}");
    ActionsPayload {
        product_id: "taskboat".to_owned(),
        session_id: Some(session.clone()),
        user_id: Some(format!("user-{}", number % 1000)),
        email: Some(format!("user-{}@taskboat.test", number % 1000)),
        conversation_id: None,
        count: i64::try_from(actions).unwrap_or(i64::MAX),
        forwarded_at: AT + 0.125,
        actions: (0..actions).map(|index| action(index, number, &session)).collect(),
        ..ActionsPayload::default()
    }
}

fn action(index: usize, number: usize, session: &str) -> SlimAction {
    let page = PAGES[(index + number) % PAGES.len()];
    let path = page.replace(' ', "-");
    SlimAction {
        index: i64::try_from(index).unwrap_or(i64::MAX),
        kind: "click".to_owned(),
        title: "Click Export CSV".to_owned(),
        description: format!("User clicked the \"Export CSV\" button on the {page} page"),
        timestamp_start: AT - 1.5,
        timestamp_end: AT - 1.5,
        raw_url: format!("https://taskboat.test/projects/{number}/{path}"),
        canonical_url: format!("https://taskboat.test/projects/:id/{path}"),
        session_id: Some(session.to_owned()),
        ..SlimAction::default()
    }
}

#[cfg(test)]
mod tests {
    use autoplay_protocol::payload::Payload;

    use super::{Recording, SIZES, batch};

    #[test]
    fn events_are_as_long_as_the_contract_says() {
        for (actions, bytes) in SIZES.into_iter().zip([600, 2400, 22_000_usize]) {
            let length = batch(actions, 7).to_json().len();
            assert!(length.abs_diff(bytes) < bytes / 8, "{actions} actions: {length} bytes");
        }
    }

    #[test]
    fn a_recording_is_the_same_whole_and_in_parts() {
        let recording = Recording::of(5, 300_000);
        assert_eq!(recording.events.concat(), recording.body);
        assert_eq!(recording.reads().concat(), recording.body);
        let (payload, corrections) = Payload::read(&recording.json[3], "message").unwrap();
        assert_eq!(payload, Payload::Actions(batch(5, 3)));
        assert!(corrections.is_empty());
    }
}
