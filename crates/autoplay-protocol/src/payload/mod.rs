//! What an event says: batches of actions, summaries and gaps, read leniently and written exactly.
//!
//! [`Payload::read`] takes the data of an event and gives a typed payload. The JSON's `type` decides which one;
//! where the JSON has none, the name of the event does. An event is malformed only if its data is no JSON, or JSON
//! that is no object, or a batch whose `actions` is no list; everything else is read:
//!
//! | in the JSON | is read as |
//! |---|---|
//! | a field that is missing, null, or of another type | `""`, 0, `None`; `actions`: no actions |
//! | a number in a text field | its text: an integer's digits, a float as Python shows it (`1.5`, `2.0`, `1e+16`) |
//! | a bool where a number belongs | 0 or 1 |
//! | a text that is a decimal number, where a number belongs | that number |
//! | a float where an integer belongs | the integer without the fraction; 0 for what is not finite |
//! | an integer beyond 64 bits where one belongs | the nearest that fits |
//! | an element of `actions` that is no object | left out, and mentioned in [`Corrections`] |
//! | a `count` that is not the number of actions | that number, and mentioned in [`Corrections`] |
//! | a field that nobody knows | kept in `extra` |
//! | a `type` that is no text | [`Payload::Other`] without a name |
//!
//! What is accepted as JSON says [`json`](crate::json).
//!
//! The structs are open, so that whoever tests a consumer can make them, with `..Default::default()` for what does not
//! matter. The price is that a new field breaks code that names all of them; so fields are only added with a version that
//! may break, and until then what connectors send is in `extra`.

mod action;
mod actions;
mod checked;
mod corrections;
mod draft;
mod fields;
mod gap;
mod glance;
mod head;
mod kind;
mod lenient;
mod malformed;
mod outline;
mod summary;
mod text;

pub use action::SlimAction;
pub use actions::{ActionsPayload, NothingToMerge};
pub use checked::Checked;
pub use corrections::Corrections;
pub use gap::Gap;
pub use glance::Glance;
pub use head::Head;
pub use kind::Kind;
pub use malformed::Malformed;
pub use summary::SummaryPayload;

/// The data of one event.
#[derive(Debug, Clone, PartialEq)]
pub enum Payload {
    /// A batch of actions.
    Actions(ActionsPayload),
    /// A summary of actions.
    Summary(SummaryPayload),
    /// The stream could not be continued where it was left.
    Gap(Gap),
    /// Of a type that this version does not know. Its data is JSON, an object.
    Other {
        /// The type; empty if the JSON has one that is no text.
        kind: String,
    },
}

impl Payload {
    /// Reads the `data` of an event whose `event:` field was `event_name` (`message` where there was none).
    ///
    /// ```
    /// use autoplay_protocol::payload::Payload;
    ///
    /// let data = r#"{"type": "summary", "session_id": 17, "summary": "Visited 3 pages."}"#;
    /// let (payload, corrections) = Payload::read(data, "message")?;
    /// let Payload::Summary(summary) = payload else { panic!("not a summary") };
    /// assert_eq!(summary.session_id.as_deref(), Some("17"));
    /// assert!(corrections.is_empty());
    /// # Ok::<(), autoplay_protocol::payload::Malformed>(())
    /// ```
    pub fn read(data: &str, event_name: &str) -> Result<(Self, Corrections), Malformed> {
        draft::read(data, event_name)
    }
}
