//! Bars, drawn by hand: a panel for each table, in it a field for each column, in it a bar for each row.

use std::fmt::Write;

use super::{Cell, Table};

const WIDTH: usize = 1200;
const LEFT: usize = 260;
const BAR: usize = 14;
const PITCH: usize = 22;
const HEAD: usize = 58;

/// Colours that can be told apart on white and on black; text takes the reader's scheme.
const STYLE: &str = "\
text{font:12px system-ui,sans-serif;fill:#1f2328}.title{font-size:14px;font-weight:600}.head{fill:#59636e}\
.bar{fill:#8c959f}.ours{fill:#0969da}\
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.head{fill:#9198a1}.bar{fill:#656c76}.ours{fill:#4493f8}}";

/// The tables that are to be drawn.
pub(super) fn svg(tables: &[Table]) -> String {
    let mut panels = String::new();
    let mut top = 10;
    for (table, who) in tables.iter().filter_map(|table| Some((table, table.drawn?))) {
        panel(&mut panels, table, who, top);
        top += HEAD + table.rows.len() * PITCH + 14;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {top}\" width=\"{WIDTH}\" height=\"{top}\" \
         role=\"img\">\n<title>Longer bars are better</title>\n<style>{STYLE}</style>\n{panels}</svg>\n"
    )
}

fn panel(out: &mut String, table: &Table, who: &str, top: usize) {
    text(out, 10, top + 18, "title", &table.title);
    for (line, row) in table.rows.iter().enumerate() {
        let name = row.first().map(Cell::shown).unwrap_or_default();
        text(out, 10, top + HEAD + line * PITCH + BAR - 2, "", &name);
    }
    let fields = table.columns.len() - 1;
    let field = (WIDTH - LEFT) / fields.max(1);
    for column in 1..=fields {
        let x = LEFT + (column - 1) * field;
        text(out, x, top + 42, "head", &table.columns[column]);
        let most = table.rows.iter().filter_map(|row| row.get(column)?.number()).fold(0.0, f64::max);
        for (line, row) in table.rows.iter().enumerate() {
            let Some((cell, number)) = row.get(column).and_then(|cell| Some((cell, cell.number()?))) else {
                continue;
            };
            // The figure stands right of the bar, and needs room.
            let length = number / most * (field.saturating_sub(80)) as f64;
            let class = if matches!(&row[0], Cell::Text(name) if name == who) { "ours" } else { "bar" };
            let y = top + HEAD + line * PITCH;
            let _infallible = writeln!(
                out,
                "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{length:.1}\" height=\"{BAR}\" rx=\"2\"/>"
            );
            let end = x as f64 + length + 6.0;
            let _infallible =
                writeln!(out, "<text x=\"{end:.1}\" y=\"{}\">{}</text>", y + BAR - 2, cell.shown());
        }
    }
}

fn text(out: &mut String, x: usize, y: usize, class: &str, text: &str) {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let _infallible = writeln!(out, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>");
}

#[cfg(test)]
mod tests {
    use super::svg;
    use crate::report::{Cell, Table};

    #[test]
    fn the_longest_bar_is_the_largest_figure() {
        let rows =
            [("us", 200.0), ("them", 100.0)].map(|(who, speed)| vec![who.into(), Cell::Number(speed, 0)]);
        let table = Table::new("A < B", "", ["who", "MB/s"]).rows(rows).drawn("us");
        let drawn = svg(&[table.clone(), Table { drawn: None, ..table }]);
        assert_eq!(drawn.matches("<rect").count(), 2);
        assert!(drawn.contains("class=\"ours\" x=\"260\" y=\"68\" width=\"860.0\""), "{drawn}");
        assert!(drawn.contains("class=\"bar\" x=\"260\" y=\"90\" width=\"430.0\""), "{drawn}");
        assert!(drawn.contains("A &lt; B"));
    }
}
