use super::{Corrections, Head, Kind, Malformed, Payload, outline::Outline, text};
use std::fmt;

/// An event that was checked and is built when somebody wants its fields.
///
/// Checking costs half of what building does, and most of what is left is the memory for each text. So this is for who
/// passes on events without knowing what will be read of them.
///
/// ```
/// use autoplay_protocol::payload::{Checked, Kind, Payload};
///
/// let data = r#"{"type":"actions","session_id":"s1","count":1,"actions":[{"type":"click","description":"Paid"}]}"#;
/// let (event, corrections) = Checked::read(data.to_owned(), "message")?;
/// assert_eq!((event.kind(), corrections.is_empty()), (Kind::Actions, true));
/// assert_eq!(event.to_text(), "Session s1 — 1 actions\n[0] click: Paid — ");
/// assert!(matches!(event.build(), Payload::Actions(batch) if batch.to_text() == event.to_text()));
/// # Ok::<(), autoplay_protocol::payload::Malformed>(())
/// ```
#[derive(Clone)]
pub struct Checked {
    kind: Kind,
    outline: Outline,
    data: String,
}

impl Checked {
    /// Takes and refuses exactly what [`Payload::read`] does.
    pub fn read(data: String, event_name: &str) -> Result<(Self, Corrections), Malformed> {
        let (Head { kind, corrections, .. }, outline) = Outline::read(&data, event_name)?;
        Ok((Self { kind, outline, data }, corrections))
    }

    /// Its type.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The JSON.
    #[must_use]
    pub fn data(&self) -> &str {
        &self.data
    }

    /// The JSON.
    #[must_use]
    pub fn into_data(self) -> String {
        self.data
    }

    /// The text of a batch or of a summary, without building it; of anything else, nothing.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self.kind {
            Kind::Actions => self.outline.text(&self.data),
            Kind::Summary => text::of_summary(&self.data).unwrap_or_default(),
            Kind::Gap | Kind::Other => String::new(),
        }
    }

    /// The payload.
    #[must_use]
    pub fn build(&self) -> Payload {
        // If the data states no type this is what the event's name said.
        let payload = Payload::read(&self.data, self.kind.name());
        payload.map_or(Payload::Other { kind: String::new() }, |(payload, _corrections)| payload)
    }
}

/// Without the data, which is somebody's private data.
impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checked")
            .field("kind", &self.kind)
            .field("bytes", &self.data.len())
            .finish_non_exhaustive()
    }
}
