//! What was measured, as tables, as JSON and as a plot.

mod machine;
mod plot;
mod table;

use std::path::Path;
use std::{fs, io};

use serde::Serialize;

pub use machine::Machine;
pub use table::{Cell, Table};

/// Everything that one run has found out.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Where it was measured.
    pub machine: Machine,
    /// What was measured.
    pub tables: Vec<Table>,
    /// What was to be reached.
    pub goals: Vec<Goal>,
}

/// A line of the contract, and whether it is kept.
#[derive(Debug, Clone, Serialize)]
pub struct Goal {
    /// What it is about.
    pub what: String,
    /// What is to be reached.
    pub goal: String,
    /// What is reached.
    pub reached: String,
    /// Whether that is enough.
    pub kept: bool,
}

/// Between these marks the documentation repeats the tables.
const MARKS: (&str, &str) = ("<!-- tables -->\n", "<!-- end of the tables -->");

impl Report {
    /// The tables in Markdown, the goals first.
    #[must_use]
    pub fn markdown(&self) -> String {
        let goals =
            Table::new("Goals", "", ["what", "goal", "reached", ""]).rows(self.goals.iter().map(|goal| {
                let kept = if goal.kept { "kept" } else { "**missed**" };
                [&goal.what, &goal.goal, &goal.reached, kept].map(Cell::from).to_vec()
            }));
        let tables = std::iter::once(&goals).chain(&self.tables).map(Table::markdown).collect::<Vec<_>>();
        format!("{}\n{}", self.machine.markdown(), tables.join("\n"))
    }

    /// Writes `NAME.md`, `NAME.json` and `NAME.svg` into the folder.
    pub fn write(&self, folder: &Path, name: &str) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let file = |ending: &str| folder.join(format!("{name}.{ending}"));
        fs::write(file("md"), self.markdown())?;
        fs::write(file("json"), serde_json::to_string_pretty(self)? + "\n")?;
        fs::write(file("svg"), plot::svg(&self.tables))
    }

    /// Repeats the tables in a page of the documentation, between its marks.
    pub fn repeat_in(&self, page: &Path) -> io::Result<()> {
        let text = fs::read_to_string(page)?;
        let between = |text: &str| {
            let (before, rest) = text.split_once(MARKS.0)?;
            let (_, after) = rest.split_once(MARKS.1)?;
            Some(format!("{before}{}\n{}\n{}{after}", MARKS.0, self.markdown(), MARKS.1))
        };
        let text = between(&text).ok_or_else(|| {
            let problem = format!("{} lacks the marks that the tables stand between", page.display());
            io::Error::new(io::ErrorKind::InvalidData, problem)
        })?;
        fs::write(page, text)
    }
}

impl Goal {
    /// A goal that is kept if `value` is at least `least`.
    pub fn at_least(what: impl Into<String>, value: f64, least: f64) -> Self {
        Self {
            what: what.into(),
            goal: format!("≥ {least}"),
            reached: Cell::figure(value).shown(),
            kept: value >= least,
        }
    }

    /// A goal that is kept if `value`, of this unit, is at most `most`.
    pub fn at_most(what: impl Into<String>, value: f64, most: f64, unit: &str) -> Self {
        Self {
            what: what.into(),
            goal: format!("≤ {most} {unit}").trim_end().to_owned(),
            reached: format!("{} {unit}", Cell::figure(value).shown()).trim_end().to_owned(),
            kept: value <= most,
        }
    }
}
