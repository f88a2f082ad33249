//! What is in the file.

use autoplay_protocol::json::{Object, Value};

use crate::place::Place;

const VERSION: u64 = 1;

pub(super) fn write(url: &str, place: &Place) -> String {
    let members = [
        ("version", Value::from(VERSION)),
        ("url", Value::from(url)),
        ("last_event_id", Value::from(place.as_str())),
    ];
    Value::from(members.into_iter().collect::<Object>()).to_json() + "\n"
}

/// The place, or what is wrong with the file.
pub(super) fn read(text: &[u8], url: &str) -> Result<Place, String> {
    let document = Value::parse_bytes(text)
        .map_err(|error| format!("is no checkpoint: {error}; delete it to begin with what happens next"))?;
    let version = document.get("version").and_then(Value::as_i64);
    if version != Some(VERSION.cast_signed()) {
        return Err(match version {
            Some(version) => format!(
                "is of version {version}, and only {VERSION} is known here; update this program, or give another path"
            ),
            None => "is no checkpoint: it has no version; give the path of another file".to_owned(),
        });
    }
    let member = |name| document.get(name).and_then(Value::as_str);
    match (member("url"), member("last_event_id")) {
        (Some(of), Some(id)) if of == url => Ok(Place::from(id)),
        (Some(of), Some(_)) => {
            Err(format!("belongs to another url, {of}; give each url a checkpoint of its own"))
        }
        _ => Err("is damaged: url or last_event_id is missing; delete it to begin with what happens next"
            .to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        for id in ["", "1-5f3a-41", "\"\\\u{1}ü\n", &"x".repeat(100_000)] {
            let text = write("http://h/s", &Place::from(id));
            assert_eq!(read(text.as_bytes(), "http://h/s").unwrap().as_str(), id);
        }
        assert_eq!(
            write("http://h/s", &Place::from("7")),
            "{\"version\":1,\"url\":\"http://h/s\",\"last_event_id\":\"7\"}\n"
        );
    }

    #[test]
    fn everything_else_is_refused_and_says_why() {
        for (text, why) in [
            ("", "no checkpoint"),
            ("{\"version\":1,\"url\":\"http://h/s\",\"last_ev", "no checkpoint"),
            ("[1]", "no version"),
            ("{\"version\":2,\"url\":\"http://h/s\",\"last_event_id\":\"7\"}", "version 2"),
            ("{\"version\":1,\"url\":\"http://h/s\"}", "damaged"),
            ("{\"version\":1,\"url\":\"http://h/s\",\"last_event_id\":7}", "damaged"),
            ("{\"version\":1,\"url\":\"http://h/t\",\"last_event_id\":\"7\"}", "another url, http://h/t"),
        ] {
            let what = read(text.as_bytes(), "http://h/s").unwrap_err();
            assert!(what.contains(why), "{text}: {what}");
        }
    }
}
