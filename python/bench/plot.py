"""Bars, drawn by hand: a panel for each table, in it a field for each column, in it a bar for each row."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from report import Table

WIDTH, LEFT, BAR, PITCH, HEAD = 1200, 300, 14, 22, 58

# Colours that can be told apart on white and on black; text takes the reader's scheme.
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#1f2328}.title{font-size:14px;font-weight:600}.head{fill:#59636e}"
    ".bar{fill:#8c959f}.ours{fill:#0969da}"
    "@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.head{fill:#9198a1}.bar{fill:#656c76}.ours{fill:#4493f8}}"
)


def svg(tables: list[Table]) -> str:
    panels, top = "", 10
    for table in tables:
        panels += panel(table, top)
        top += HEAD + len(table.rows) * PITCH + 14
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}" '
        f'role="img">\n<title>Longer bars are better</title>\n<style>{STYLE}</style>\n{panels}</svg>\n'
    )


def panel(table: Table, top: int) -> str:
    drawn = text(10, top + 18, table.title, "title")
    for line, row in enumerate(table.rows):
        drawn += text(10, top + HEAD + line * PITCH + BAR - 2, str(row[0]))
    width = (WIDTH - LEFT) // (len(table.columns) - 1)
    for column, name in enumerate(table.columns[1:], 1):
        left = LEFT + (column - 1) * width
        drawn += text(left, top + 42, name, "head")
        # The senders' ceiling would leave no room for anything else.
        figures = [
            (line, row, float(row[column] or 0)) for line, row in enumerate(table.rows) if row[0] != "bare reader"
        ]
        most = max(figure for _, _, figure in figures)
        for line, row, figure in figures:
            # The figure stands right of the bar, and needs room.
            length = figure / most * (width - 70)
            kind = "ours" if str(row[0]).startswith("autoplay-sdk-rs") else "bar"
            y = top + HEAD + line * PITCH
            drawn += f'<rect class="{kind}" x="{left}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2"/>\n'
            drawn += text(left + length + 6, y + BAR - 2, f"{figure:,.{table.digits}f}")
    return drawn


def text(x: float, y: float, words: str, kind: str = "") -> str:
    return f'<text class="{kind}" x="{x:.0f}" y="{y}">{escape(words, quote=False)}</text>\n'
