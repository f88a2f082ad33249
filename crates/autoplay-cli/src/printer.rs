//! Batches and summaries as a person reads them in a terminal.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};
use std::sync::{Mutex, PoisonError};

use autoplay_sdk::{ActionsPayload, SummaryPayload};

/// Lays out events; with colour only on a terminal whose user has not asked for none (`NO_COLOR`).
#[derive(Debug, Default)]
pub(crate) struct Printer {
    colour: bool,
    /// Characters in a line; `None` where nobody looks at lines.
    width: Option<usize>,
    /// Who was seen in which session: a summary only names its session.
    seen: Mutex<HashMap<String, String>>,
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

/// So many sessions are remembered; then all are forgotten, and those that go on are soon known again.
const MOST_SESSIONS: usize = 10_000;

/// Under the time, so that the eye finds a batch's beginning.
const INDENT: &str = "           ";

impl Printer {
    /// For standard output.
    pub(crate) fn for_stdout() -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let is_terminal = io::stdout().is_terminal();
        let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        Self {
            colour: is_terminal && !unwanted,
            width: width.filter(|_| is_terminal),
            seen: Mutex::default(),
        }
    }

    /// A line per batch, then a line per action.
    pub(crate) fn batch(&self, batch: &ActionsPayload) -> String {
        let who = who(batch).unwrap_or_else(|| SOMEBODY.to_owned());
        self.remember(batch);
        let mut text = self.heading(batch.forwarded_at, &who, batch.session_id.as_deref()) + "\n";
        for action in &batch.actions {
            let index = self.paint(DIM, &format!("{:>4}", action.index));
            let kind = self.paint(CYAN, &format!("{:<9}", clean(&action.kind)));
            let description = self.wrapped(&clean(&action.description), INDENT.len() + 16);
            let _ = writeln!(text, "{INDENT}{index}  {kind} {description}");
        }
        text
    }

    /// The summary under a line like a batch's.
    pub(crate) fn summary(&self, summary: &SummaryPayload) -> String {
        let who = self.recall(summary.session_id.as_deref()).unwrap_or_else(|| SOMEBODY.to_owned());
        let mut text = self.heading(summary.forwarded_at, &who, summary.session_id.as_deref());
        let what = format!("summary of {} actions", summary.replaces);
        let _ = writeln!(
            text,
            "  {}\n{INDENT}{}",
            self.faint(&what),
            self.paint(GREEN, &self.wrapped(&clean(&summary.summary), INDENT.len()))
        );
        text
    }

    /// That there was an event of a type that nobody here knows.
    pub(crate) fn other(&self, kind: &str) -> String {
        format!("{INDENT}{}\n", self.faint(&clean(&format!("event {kind}"))))
    }

    fn remember(&self, batch: &ActionsPayload) {
        if let (Some(session), Some(who)) = (&batch.session_id, who(batch)) {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if seen.len() >= MOST_SESSIONS {
                seen.clear();
            }
            seen.insert(session.clone(), who);
        }
    }

    fn recall(&self, session: Option<&str>) -> Option<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(session?).cloned()
    }

    /// When, who and in which session.
    fn heading(&self, at: f64, who: &str, session: Option<&str>) -> String {
        let session = session.map_or_else(|| "no session".to_owned(), |id| format!("session {}", ending(id)));
        format!(
            "{}  {}  {}",
            self.paint(DIM, &time_of_day(at)),
            self.paint(BOLD, &clean(who)),
            self.paint(DIM, &clean(&session))
        )
    }

    /// Also for the few words around the events.
    pub(crate) fn faint(&self, text: &str) -> String {
        self.paint(DIM, text)
    }

    /// Breaks the text between words where a line ends, and goes on under its beginning.
    fn wrapped(&self, text: &str, indent: usize) -> String {
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

    fn paint(&self, style: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

const SOMEBODY: &str = "somebody";

/// By e-mail, else by id. The ids that posthog-js makes up for visitors are long and say nothing.
fn who(batch: &ActionsPayload) -> Option<String> {
    const READABLE: usize = 30;
    match (&batch.email, &batch.user_id) {
        (Some(email), _) => Some(email.clone()),
        (None, Some(id)) if id.chars().count() <= READABLE => Some(id.clone()),
        (None, Some(id)) => Some(format!("visitor {}", ending(id))),
        (None, None) => None,
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
    use autoplay_sdk::SlimAction;

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
        let text = Printer::default().batch(&batch("User clicked Log in button on the login page"));
        assert_eq!(
            text,
            "10:27:14Z  alice@example.com  session …f8bd7c\n              3  click     User clicked Log in button on the login page\n"
        );
    }

    #[test]
    fn a_visitor_without_a_name_is_told_by_the_end_of_the_id() {
        let told = |email: Option<&str>, id: Option<&str>| {
            let (email, user_id) = (email.map(str::to_owned), id.map(str::to_owned));
            Printer::default().batch(&ActionsPayload { email, user_id, ..ActionsPayload::default() })
        };
        assert_eq!(
            told(None, Some("01a20d18-582a-7b53-805c-e579201905df")),
            "00:00:00Z  visitor …1905df  no session\n"
        );
        assert_eq!(told(None, Some("user_1001")), "00:00:00Z  user_1001  no session\n");
        assert_eq!(told(Some("a@b.example"), Some("user_1001")), "00:00:00Z  a@b.example  no session\n");
        assert_eq!(told(None, None), "00:00:00Z  somebody  no session\n");
    }

    #[test]
    fn a_summary_says_whose_it_is_once_its_session_was_seen() {
        let printer = Printer::default();
        let summary = SummaryPayload {
            session_id: batch("x").session_id,
            summary: "Visited 3 pages.".into(),
            replaces: 20,
            forwarded_at: 1_795_516_034.5,
            ..SummaryPayload::default()
        };
        let expected = |who: &str| {
            format!("10:27:14Z  {who}  session …f8bd7c  summary of 20 actions\n{INDENT}Visited 3 pages.\n")
        };
        assert_eq!(printer.summary(&summary), expected("somebody"));
        _ = printer.batch(&batch("x"));
        assert_eq!(printer.summary(&summary), expected("alice@example.com"));
    }

    #[test]
    fn another_event_is_a_faint_line() {
        let text = Printer { colour: true, ..Printer::default() }.other("usertour\n_trigger");
        assert_eq!(text, format!("{INDENT}\u{1b}[2mevent usertour\u{fffd}_trigger\u{1b}[0m\n"));
    }

    #[test]
    fn a_page_cannot_steer_the_terminal() {
        let text =
            Printer { colour: true, ..Printer::default() }.batch(&batch("\u{1b}[2J\u{9b}31m\r\nowned"));
        assert!(text.contains("�[2J�31m��owned"), "{text:?}");
    }

    #[test]
    fn a_long_line_is_broken_between_words_under_its_beginning() {
        let printer = Printer { width: Some(50), ..Printer::default() };
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
        let text = Printer::default().batch(&batch("x"));
        assert!(!text.contains('\u{1b}'));
    }
}
