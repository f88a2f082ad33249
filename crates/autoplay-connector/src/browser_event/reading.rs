//! From JSON to an event. One reader for all forms: a field may stand at the top or, with a `$`, among the properties;
//! what says something at the top wins.

use autoplay_protocol::json::{Object, Value};

use super::{BrowserEvent, ContentDigest, Unreadable};
use crate::elements::{self, Element};
use crate::text::clean;
use crate::timestamp;

/// The longest e-mail address that the mail standards allow is 254 bytes; what is longer than this is none.
const LONGEST_EMAIL: usize = 320;

/// The most bytes of a URL that are kept, and the longest that an id may be: so that no page can make a batch that is too
/// large for its subscribers.
const LONGEST: usize = 64 << 10;

/// The longest name of a DOM event that is looked at.
const LONGEST_EVENT_TYPE: usize = 64;

/// The clocks of the request that an event came in, all in Unix milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    /// By the connector's clock.
    pub(crate) received: i64,
    /// When the browser sent it, by the browser's clock.
    pub(crate) sent: Option<i64>,
    /// The same from old clients, whose `offset`s count back from it.
    pub(crate) old_clock: Option<i64>,
}

/// Reads one event, leniently: only a name is needed.
pub(crate) fn read(value: &Value, arrival: Arrival) -> Result<BrowserEvent, Unreadable> {
    let outer = value.as_object().ok_or(Unreadable::NotAnObject)?;
    let person = outer.get("person").and_then(|person| person.get("properties"));
    match outer.get("event") {
        // PostHog's own default body: the event within an object that also describes the person.
        Some(Value::Object(inner)) => Source::new(inner, person).event(arrival),
        _ => Source::new(outer, person).event(arrival),
    }
}

/// A text that says something, whatever JSON type it came as.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

struct Source<'a> {
    top: &'a Object,
    properties: Option<&'a Object>,
    person: Option<&'a Value>,
}

/// When it happened, and the words that said so.
struct Moment {
    ms: i64,
    browser_ms: Option<i64>,
    as_sent: String,
}

impl<'a> Source<'a> {
    fn new(top: &'a Object, person: Option<&'a Value>) -> Self {
        Self { top, properties: top.get("properties").and_then(Value::as_object), person }
    }

    fn event(&self, arrival: Arrival) -> Result<BrowserEvent, Unreadable> {
        let name = self.top.get("event").and_then(Value::as_str).filter(|name| !clean(name).is_empty());
        let name = name.ok_or(Unreadable::NoName)?;
        let moment = self.moment(arrival);
        let mut event = BrowserEvent {
            uuid: self.at_top("uuid"),
            event: name.to_owned(),
            event_type: self.field("event_type").unwrap_or_default().trim().to_ascii_lowercase(),
            timestamp_ms: moment.ms,
            browser_ms: moment.browser_ms,
            received_ms: arrival.received,
            session_id: self.field("session_id"),
            window_id: self.field("window_id"),
            distinct_id: self.distinct_id(),
            email: self.own_email(),
            current_url: self.field("current_url").unwrap_or_default(),
            set_email: self.person_email("$set"),
            set_email_once: self.person_email("$set_once"),
            alias: None,
            elements: self.elements(),
            content: ContentDigest::default(),
        };
        event.alias = self.alias(name).filter(|alias| *alias != event.distinct_id);
        if event.uuid.is_none() {
            event.content = self.content(&event, &moment.as_sent);
        }
        within_bounds(event)
    }

    fn at_top(&self, name: &str) -> Option<String> {
        self.top.get(name).and_then(text)
    }

    /// Among the properties, exactly by this name.
    fn property(&self, name: &str) -> Option<&'a Value> {
        self.properties?.get(name)
    }

    /// `name` at the top, else `$name` among the properties.
    fn field(&self, name: &str) -> Option<String> {
        self.at_top(name).or_else(|| self.property(&format!("${name}")).and_then(text))
    }

    fn distinct_id(&self) -> String {
        let places =
            [self.top.get("distinct_id"), self.property("distinct_id"), self.top.get("$distinct_id")];
        places.into_iter().flatten().find_map(text).unwrap_or_default()
    }

    fn own_email(&self) -> Option<String> {
        let person = self.person.and_then(|properties| properties.get("email"));
        let places = [self.top.get("email"), self.property("email"), person];
        places.into_iter().flatten().find_map(email)
    }

    fn person_email(&self, operation: &str) -> Option<String> {
        let places = [self.top.get(operation), self.property(operation)];
        places.into_iter().flatten().find_map(|properties| properties.get("email").and_then(email))
    }

    fn alias(&self, event: &str) -> Option<String> {
        match event {
            "$identify" => self.field("anon_distinct_id"),
            "$create_alias" => self.at_top("alias").or_else(|| self.property("alias").and_then(text)),
            _ => None,
        }
    }

    fn elements(&self) -> Vec<Element> {
        let elements = match (self.field("elements_chain"), self.element_list()) {
            (Some(chain), _) => elements::from_chain(&chain),
            (None, Some(list)) => elements::from_list(list),
            (None, None) => Vec::new(),
        };
        if elements.is_empty() { self.precut().into_iter().collect() } else { elements }
    }

    fn element_list(&self) -> Option<&'a [Value]> {
        self.property("$elements").and_then(Value::as_array)
    }

    /// What recognises the event if it comes again: as sent, since a correction differs from request to request.
    fn content(&self, event: &BrowserEvent, when: &str) -> ContentDigest {
        let chain = self.field("elements_chain");
        let chain = chain.or_else(|| self.element_list().map(|list| Value::Array(list.to_vec()).to_json()));
        let session = event.session_id.as_deref().unwrap_or_default();
        let (name, kind) = (&event.event, &event.event_type);
        let (url, chain) = (&event.current_url, chain.unwrap_or_default());
        ContentDigest::of([&event.distinct_id, session, name, kind, when, url, &chain])
    }

    /// What can be told of the element from the fields that were cut out of a chain that is not there.
    fn precut(&self) -> Option<Element> {
        let cut = |name: &str| clean(&self.field(name).unwrap_or_default());
        let texts = ["button_or_link_text", "button_text", "el_text"];
        let text = texts.into_iter().map(cut).find(|text| !text.is_empty()).unwrap_or_default();
        // Cut at the first quote in the text, it ends with the backslash that escaped the quote.
        let text = text.trim_end_matches('\\').trim_end().to_owned();
        let (id, name) = (cut("element_id"), cut("input_field_name"));
        let tag = if !cut("link_destination").is_empty() {
            "a"
        } else if !text.is_empty() {
            "button"
        } else if !name.is_empty() {
            "input"
        } else {
            ""
        };
        let element = Element { tag: tag.to_owned(), text, id, name, ..Element::default() };
        (element != Element::default()).then_some(element)
    }

    /// By the event's timestamp, corrected by what the browser thought the time was when it sent it; else by the offset
    /// of old clients; else now.
    fn moment(&self, arrival: Arrival) -> Moment {
        let received = arrival.received;
        if let Some(as_sent) = self.at_top("timestamp") {
            let sent_ms = self.at_top("sent_at").and_then(|text| timestamp::parse(&text)).or(arrival.sent);
            return match (timestamp::parse(&as_sent), sent_ms) {
                (None, _) => Moment { ms: received, browser_ms: None, as_sent },
                (Some(own), None) => Moment { ms: own, browser_ms: None, as_sent },
                (Some(own), Some(sent)) => {
                    let ms = timestamp::sensible(received.saturating_add(own - sent));
                    Moment { ms, browser_ms: Some(own), as_sent }
                }
            };
        }
        let offset = self.at_top("offset").and_then(|text| timestamp::milliseconds(&text));
        let sent = arrival.old_clock.unwrap_or(received);
        let ms = offset.map_or(received, |offset| timestamp::sensible(sent.saturating_sub(offset)));
        let as_sent = if offset.is_some() { ms.to_string() } else { String::new() };
        Moment { ms, browser_ms: None, as_sent }
    }
}

/// Cuts what may be cut. The rest of an id would be another's id.
fn within_bounds(mut event: BrowserEvent) -> Result<BrowserEvent, Unreadable> {
    let ids = [&event.uuid, &event.session_id, &event.window_id, &event.alias].into_iter().flatten();
    if ids.chain([&event.distinct_id]).any(|id| id.len() > LONGEST) {
        return Err(Unreadable::TooLong);
    }
    if event.event.len() > LONGEST {
        event.event = clean(&event.event);
    }
    if event.event_type.len() > LONGEST_EVENT_TYPE {
        event.event_type.clear();
    }
    event.current_url.truncate(event.current_url.floor_char_boundary(LONGEST));
    event.current_url.shrink_to_fit();
    Ok(event)
}

fn email(value: &Value) -> Option<String> {
    let email = value.as_str()?.trim();
    let is_one_word = !email.contains(|character: char| character.is_whitespace() || character.is_control());
    (!email.is_empty() && email.len() <= LONGEST_EMAIL && is_one_word).then(|| email.to_owned())
}
