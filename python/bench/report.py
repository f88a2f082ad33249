"""What was measured, as tables, as JSON, as a plot, and in the documentation."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import plot
from environments import ROOT

# Between these marks the documentation repeats the tables.
MARKS = ("<!-- tables of the Python package -->\n", "<!-- end of the tables of the Python package -->")


@dataclass
class Table:
    """Figures in rows and columns; the first column says who or what."""

    title: str
    note: str
    columns: list[str]
    rows: list[list[str | float | None]] = field(default_factory=list)
    digits: int = 0
    drawn: bool = False

    def markdown(self) -> str:
        lines = [f"### {self.title}", ""]
        if self.note:
            lines += [self.note, ""]
        lines += [f"| {' | '.join(self.columns)} |", f"|---{'|---:' * (len(self.columns) - 1)}|"]
        lines += [f"| {' | '.join(shown(cell, self.digits) for cell in row)} |" for row in self.rows]
        return "\n".join(lines) + "\n"


@dataclass
class Goal:
    """A line of what is to be reached."""

    what: str
    goal: str
    reached: str
    kept: bool


def at_least(what: str, value: float, least: float) -> Goal:
    return Goal(what, f"≥ {least:g} ×", f"{value:.1f} ×", value >= least)


def at_most(what: str, value: float, most: float, unit: str) -> Goal:
    return Goal(what, f"≤ {most:.3g} {unit}", f"{value:.3g} {unit}", value <= most)


def shown(cell: str | float | None, digits: int) -> str:
    if cell is None:
        return "–"
    return cell if isinstance(cell, str) else f"{cell:,.{digits}f}"


def machine(load: str) -> dict[str, Any]:
    model = next((line.split(": ")[1] for line in read("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    ).stdout
    return {
        "processor": model.strip(),
        "cores": os.cpu_count(),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "commit": commit.strip(),
        "load": load,
    }


def read(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines()


def load() -> str:
    """Processes that run or wait for a processor, over the last minute."""
    return read("/proc/loadavg")[0].split()[0]


@dataclass
class Report:
    """Everything that one run has found out."""

    machine: dict[str, Any]
    goals: list[Goal]
    tables: list[Table]

    def markdown(self) -> str:
        head = (
            "{processor}, {cores} cores, shared with others (load when the run began and ended: {load}); {kernel}; "
            "Python {python}; commit {commit}.\n"
        ).format(**self.machine)
        goals = Table("Goals of the Python package", "", ["what", "goal", "reached", ""])
        goals.rows = [
            [goal.what, goal.goal, goal.reached, "kept" if goal.kept else "**missed**"] for goal in self.goals
        ]
        return "\n".join([head, *(table.markdown() for table in [goals, *self.tables])])

    def write(self, folder: Path, name: str) -> None:
        (folder / f"{name}.md").write_text(self.markdown(), encoding="utf-8")
        figures = json.dumps(asdict(self), ensure_ascii=False, indent=2)
        (folder / f"{name}.json").write_text(figures + "\n", encoding="utf-8")
        (folder / f"{name}.svg").write_text(plot.svg([t for t in self.tables if t.drawn]), encoding="utf-8")

    def repeat_in(self, page: Path) -> None:
        repeat_in(page, MARKS, self.markdown())


def repeat_in(page: Path, marks: tuple[str, str], text: str) -> None:
    """Put a text between two marks of a page."""
    before, first, rest = page.read_text(encoding="utf-8").partition(marks[0])
    _, last, after = rest.partition(marks[1])
    if not (first and last):
        raise ValueError(f"{page.name} lacks the marks that the tables stand between")
    page.write_text(f"{before}{first}\n{text}\n{last}{after}", encoding="utf-8")
