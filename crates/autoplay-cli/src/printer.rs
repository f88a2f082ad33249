//! Batches and summaries as a person reads them in a terminal.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};

use autoplay_protocol::payload::{ActionsPayload, SummaryPayload};

/// Lays out events; with colour only on a terminal whose user has not asked for none (`NO_COLOR`).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Printer {
    colour: bool,
    /// Characters in a line; `None` where nobody looks at lines.
    width: Option<usize>,
}

/// Writes to standard output, at once.
pub(crate) fn write(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

const BOLD: &str = "1";
const DIM: &str = "2";
const GREEN: &str = "32";
const CYAN: &str = "36";

/// Under the time, so that the eye finds a batch's beginning.
const INDENT: &str = "           ";

impl Printer {
    /// For standard output.
    pub(crate) fn for_stdout() -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let is_terminal = io::stdout().is_terminal();
        let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        Self { colour: is_terminal && !unwanted, width: width.filter(|_| is_terminal) }
    }

    /// A line per batch, then a line per action.
    pub(crate) fn batch(self, batch: &ActionsPayload) -> String {
        let mut text = self.heading(batch.forwarded_at, &who(batch), batch.session_id.as_deref());
        for action in &batch.actions {
            let index = self.paint(DIM, &format!("{:>4}", action.index));
            let kind = self.paint(CYAN, &format!("{:<9}", clean(&action.kind)));
            let description = self.wrapped(&clean(&action.description), INDENT.len() + 16);
            let _ = writeln!(text, "{INDENT}{index}  {kind} {description}");
        }
        text
    }

    /// The summary under a line like a batch's.
    pub(crate) fn summary(self, summary: &SummaryPayload) -> String {
        let what = format!("summary of {} actions", summary.replaces);
        let mut text = self.heading(summary.forwarded_at, &what, summary.session_id.as_deref());
        let _ = writeln!(
            text,
            "{INDENT}{}",
            self.paint(GREEN, &self.wrapped(&clean(&summary.summary), INDENT.len()))
        );
        text
    }

    /// That there was an event of a type that nobody here knows.
    pub(crate) fn other(self, kind: &str) -> String {
        format!("{INDENT}{}\n", self.faint(&clean(&format!("event {kind}"))))
    }

    fn heading(self, at: f64, what: &str, session: Option<&str>) -> String {
        let session = session.map_or_else(|| "no session".to_owned(), |id| format!("session {}", ending(id)));
        format!(
            "{}  {}  {}\n",
            self.paint(DIM, &time_of_day(at)),
            self.paint(BOLD, &clean(what)),
            self.paint(DIM, &clean(&session))
        )
    }

    /// Also for the few words around the events.
    pub(crate) fn faint(self, text: &str) -> String {
        self.paint(DIM, text)
    }

    /// Breaks the text between words where a line ends, and goes on under its beginning.
    fn wrapped(self, text: &str, indent: usize) -> String {
        // In a very narrow terminal the terminal's own wrapping reads better than a column of single words.
        const NARROWEST: usize = 20;
        let Some(room) =
            self.width.and_then(|width| width.checked_sub(indent)).filter(|room| *room >= NARROWEST)
        else {
            return text.to_owned();
        };
        let (mut lines, mut used) = (String::new(), 0);
        for word in text.split(' ') {
            let length = word.chars().count();
            if used > 0 && used + 1 + length > room {
                let _ = write!(lines, "\n{:indent$}", "");
                used = 0;
            } else if used > 0 {
                lines.push(' ');
                used += 1;
            }
            lines.push_str(word);
            used += length;
        }
        lines
    }

    fn paint(self, style: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// By e-mail, else by id. The ids that posthog-js makes up for visitors are long and say nothing.
fn who(batch: &ActionsPayload) -> String {
    const READABLE: usize = 30;
    match (&batch.email, &batch.user_id) {
        (Some(email), _) => email.clone(),
        (None, Some(id)) if id.chars().count() <= READABLE => id.clone(),
        (None, Some(id)) => format!("visitor {}", ending(id)),
        (None, None) => "somebody".to_owned(),
    }
}

/// What comes from a page must not steer the terminal: control characters are shown as �.
fn clean(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { char::REPLACEMENT_CHARACTER } else { char }).collect()
}

/// Session ids are long and begin alike (they begin with the time).
fn ending(id: &str) -> String {
    const SHOWN: usize = 6;
    match id.char_indices().rev().nth(SHOWN - 1) {
        Some((at, _)) if at > 0 => format!("…{}", &id[at..]),
        _ => id.to_owned(),
    }
}

/// `HH:MM:SSZ`: in UTC, and it says so.
fn time_of_day(unix_seconds: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a time far outside the calendar is no time of day anyway"
    )]
    let seconds = (unix_seconds as i64).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}Z", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use autoplay_protocol::payload::SlimAction;

    use super::*;

    fn batch(description: &str) -> ActionsPayload {
        ActionsPayload {
            session_id: Some("01a20d18-5880-7e0f-a310-cab292f8bd7c".into()),
            email: Some("alice@example.com".into()),
            forwarded_at: 1_795_516_034.5,
            actions: vec![SlimAction {
                index: 3,
                kind: "click".into(),
                description: description.into(),
                ..SlimAction::default()
            }],
            ..ActionsPayload::default()
        }
    }

    #[test]
    fn a_batch_reads_as_a_heading_and_a_line_per_action() {
        let text = Printer { colour: false, width: None }
            .batch(&batch("User clicked Log in button on the login page"));
        assert_eq!(
            text,
            "10:27:14Z  alice@example.com  session …f8bd7c\n              3  click     User clicked Log in button on the login page\n"
        );
    }

    #[test]
    fn a_visitor_without_a_name_is_told_by_the_end_of_the_id() {
        let told = |email: Option<&str>, id: Option<&str>| {
            let (email, user_id) = (email.map(str::to_owned), id.map(str::to_owned));
            who(&ActionsPayload { email, user_id, ..ActionsPayload::default() })
        };
        assert_eq!(told(None, Some("01a20d18-582a-7b53-805c-e579201905df")), "visitor …1905df");
        assert_eq!(told(None, Some("user_1001")), "user_1001");
        assert_eq!(told(Some("a@b.example"), Some("user_1001")), "a@b.example");
        assert_eq!(told(None, None), "somebody");
    }

    #[test]
    fn another_event_is_a_faint_line() {
        let text = Printer { colour: true, width: None }.other("usertour\n_trigger");
        assert_eq!(text, format!("{INDENT}\u{1b}[2mevent usertour\u{fffd}_trigger\u{1b}[0m\n"));
    }

    #[test]
    fn a_page_cannot_steer_the_terminal() {
        let text = Printer { colour: true, width: None }.batch(&batch("\u{1b}[2J\u{9b}31m\r\nowned"));
        assert!(text.contains("�[2J�31m��owned"), "{text:?}");
    }

    #[test]
    fn a_long_line_is_broken_between_words_under_its_beginning() {
        let printer = Printer { colour: false, width: Some(50) };
        let text = printer.batch(&batch("User clicked Log in button on the login page"));
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "              3  click     User clicked Log in",
                "                           button on the login",
                "                           page"
            ]
        );
        assert!(text.lines().all(|line| line.chars().count() <= 50), "{text}");
    }

    #[test]
    fn without_a_terminal_there_is_no_colour() {
        let text = Printer { colour: false, width: None }.batch(&batch("x"));
        assert!(!text.contains('\u{1b}'));
    }
}
