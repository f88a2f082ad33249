//! What a stream that runs can be told.

use serde::Deserialize;

/// The body of `POST <Location>`.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "command", rename_all = "lowercase")]
pub(crate) enum Command {
    /// Drop the connection and make a new one at once.
    Restart,
    /// Be ready for events of a type. The client hands out events of every type, so nothing is left to do.
    Listen {
        /// The suite itself writes this name with a capital.
        #[serde(alias = "Listen")]
        listen: Listen,
    },
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Listen {
    #[serde(rename = "type")]
    pub(crate) event_type: String,
}

impl Command {
    /// The error says what is wrong.
    pub(crate) fn read(json: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(json).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_two_commands_and_nothing_else() {
        let listen = || Command::Listen { listen: Listen { event_type: " put".to_owned() } };
        for (json, expected) in [
            (r#"{"command":"restart"}"#, Command::Restart),
            (r#"{"command":"restart","Listen":null}"#, Command::Restart),
            (r#"{"command":"listen","listen":{"type":" put"}}"#, listen()),
            (r#"{"command":"listen","Listen":{"type":" put"}}"#, listen()),
        ] {
            assert_eq!(Command::read(json.as_bytes()), Ok(expected), "{json}");
        }
        for json in [
            "",
            "{}",
            "[]",
            r#"{"command":"stop"}"#,
            r#"{"command":7}"#,
            r#"{"command":"listen"}"#,
            r#"{"command":"listen","listen":{}}"#,
            r#"{"command":"listen","listen":{"type":7}}"#,
        ] {
            assert!(Command::read(json.as_bytes()).is_err(), "{json}");
        }
    }
}
