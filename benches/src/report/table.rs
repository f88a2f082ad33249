use std::fmt::Write;

use serde::{Serialize, Serializer};

/// Figures in rows and columns.
#[derive(Debug, Clone, Serialize)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// How that was measured.
    pub note: String,
    /// The heads of the columns; the first column says who or what.
    pub columns: Vec<String>,
    /// The figures.
    pub rows: Vec<Vec<Cell>>,
    /// Whether it is to be drawn, and who stands out.
    #[serde(skip)]
    pub drawn: Option<&'static str>,
}

/// One figure, or a word.
#[derive(Debug, Clone)]
pub enum Cell {
    /// A word.
    Text(String),
    /// A figure, with the number of digits that mean something.
    Number(f64, usize),
    /// Was not measured.
    Nothing,
}

impl Table {
    /// A table without rows.
    pub fn new<const N: usize>(
        title: impl Into<String>,
        note: impl Into<String>,
        columns: [&str; N],
    ) -> Self {
        Self {
            title: title.into(),
            note: note.into(),
            columns: columns.map(str::to_owned).to_vec(),
            rows: Vec::new(),
            drawn: None,
        }
    }

    /// The same with more rows.
    #[must_use]
    pub fn rows(mut self, rows: impl IntoIterator<Item = Vec<Cell>>) -> Self {
        self.rows.extend(rows);
        self
    }

    /// The same, to be drawn with one row that stands out.
    #[must_use]
    pub fn drawn(mut self, who: &'static str) -> Self {
        self.drawn = Some(who);
        self
    }

    /// The figure in the row that begins with `who`.
    #[must_use]
    pub fn figure(&self, who: &str, column: usize) -> Option<f64> {
        let row =
            self.rows.iter().find(|row| matches!(row.first(), Some(Cell::Text(text)) if text == who))?;
        row.get(column)?.number()
    }

    pub(super) fn markdown(&self) -> String {
        let mut text = format!("### {}\n\n", self.title);
        if !self.note.is_empty() {
            let _infallible = writeln!(text, "{}\n", self.note);
        }
        let _infallible = writeln!(text, "| {} |", self.columns.join(" | "));
        let _infallible = writeln!(text, "|---{}|", "|---:".repeat(self.columns.len() - 1));
        for row in &self.rows {
            let cells: Vec<_> = row.iter().map(Cell::shown).collect();
            let _infallible = writeln!(text, "| {} |", cells.join(" | "));
        }
        text
    }
}

impl Cell {
    /// A count as it is, and anything else with two digits after the point.
    pub(super) fn figure(value: f64) -> Self {
        Self::Number(value, if value.fract() == 0.0 { 0 } else { 2 })
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number, _) => Some(*number),
            Self::Text(_) | Self::Nothing => None,
        }
    }

    pub(super) fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number, digits) => grouped(&format!("{number:.digits$}")),
            Self::Nothing => "–".to_owned(),
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number, _) => serializer.serialize_f64(*number),
            Self::Nothing => serializer.serialize_none(),
        }
    }
}

/// The number with a comma after each three digits before the point.
fn grouped(number: &str) -> String {
    let whole = number.find('.').unwrap_or(number.len());
    let mut shown = String::new();
    for (place, digit) in number.char_indices() {
        if place > 0 && place < whole && (whole - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{Cell, Table, grouped};

    #[test]
    fn numbers_are_grouped_by_three() {
        for (number, shown) in [("1", "1"), ("999", "999"), ("1000", "1,000"), ("1234567.25", "1,234,567.25")]
        {
            assert_eq!(grouped(number), shown);
        }
    }

    #[test]
    fn tables_are_markdown() {
        let table = Table::new("Speed", "In a test.", ["who", "MB/s", "GB"]).rows([vec![
            "us".into(),
            Cell::Number(1234.56, 0),
            Cell::Nothing,
        ]]);
        assert_eq!(
            table.markdown(),
            "### Speed\n\nIn a test.\n\n| who | MB/s | GB |\n|---|---:|---:|\n| us | 1,235 | – |\n"
        );
        assert_eq!((table.figure("us", 1), table.figure("us", 2)), (Some(1234.56), None));
    }
}
