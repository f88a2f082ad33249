"""The same scenarios, played with the SDK of today and with this one, differ where it is said that they do."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import attending
import calling
import constructing
import pytest
import running
import streaming
from autoplay_sdk import _absent
from differences import DIFFERENCES, NOT_THERE

ROOT = Path(__file__).parents[3]
PYTHONS = {"today": str(ROOT / ".venv-today/bin/python"), "here": sys.executable}
SCENARIOS = {
    name: module.__name__
    for module in (constructing, running, streaming, calling, attending)
    for name, scenario in vars(module).items()
    if getattr(scenario, "__annotations__", {}).get("return") == "Seen"
}

Outcome = dict[str, object]


def play(python: str, scenario: str) -> Outcome:
    script = Path(__file__).with_name("play.py")
    command = [python, "-I", str(script), SCENARIOS[scenario], scenario]
    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=100, check=False)
    assert run.returncode == 0, run.stderr
    return dict(json.loads(line) for line in run.stdout.splitlines())


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> Iterator[dict[str, dict[str, Future[Outcome]]]]:
    """Play what is asked for, a few at a time: nearly all of them wait."""
    if not Path(PYTHONS["today"]).exists():
        pytest.fail("today's SDK is not there: run scripts/install-today")
    with ThreadPoolExecutor(4) as players:
        yield {
            scenario: {which: players.submit(play, python, scenario) for which, python in PYTHONS.items()}
            for scenario in SCENARIOS
            if any(f"[{scenario}]" in item.name for item in request.session.items)
        }


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_program_sees_the_same_but_for_what_is_listed(
    scenario: str, outcomes: dict[str, dict[str, Future[Outcome]]]
) -> None:
    today, here = (outcomes[scenario][which].result() for which in PYTHONS)
    assert today or here
    found = {
        seen: (today.get(seen, NOT_THERE), here.get(seen, NOT_THERE))
        for seen in {**today, **here}
        if today.get(seen, NOT_THERE) != here.get(seen, NOT_THERE)
    }
    listed = {one.seen: (one.today, one.here) for one in DIFFERENCES if one.scenario == scenario}
    assert found == listed


def test_every_difference_is_of_a_scenario() -> None:
    assert {one.scenario for one in DIFFERENCES} <= SCENARIOS.keys()


@pytest.mark.parametrize("topic", sorted({one.topic for one in DIFFERENCES}))
def test_every_difference_is_explained_to_users(topic: str) -> None:
    text = (ROOT / "docs/migrating.md").read_text(encoding="utf-8")
    assert text.count(f"\n| {topic} |") == 1


@pytest.mark.parametrize("module", sorted(_absent.MODULES))
def test_every_module_that_is_missing_is_in_the_list(module: str) -> None:
    text = (ROOT / "docs/migrating.md").read_text(encoding="utf-8")
    assert f"`{module}`" in text.partition("## What is missing")[2]
