"""Runs in the environment of either package: plays the scenario that is named, and prints what its user saw.

Each line is JSON: what was looked at, and what was seen. Scenarios are functions that yield such pairs.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autoplay_sdk import ConnectorClient

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

Seen = Iterator[tuple[str, object]]

TOKEN = "uk_live_secret"

# No pause between two attempts that a scenario would have to wait for.
AT_ONCE = {"initial_backoff_s": 0.02, "max_backoff_s": 0.02}


def within(seconds: float, condition: Callable[[], object]) -> bool:
    """Wait for something that one of the packages may never do."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


class Attempt:
    """A call on a thread of its own, and how it ended."""

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call
        self._ended: str | None = None
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            result = self._call()
            self._ended = "returned" if result is None else f"returned {result}"
        except BaseException as error:  # noqa: BLE001
            self.error = error
            self._ended = f"raised {type(error).__name__}"

    def until(self, condition: Callable[[], object]) -> None:
        """Wait for a condition or the end of the call, whichever comes first."""
        within(10, lambda: condition() or not self._thread.is_alive())

    def ended(self, seconds: float = 3.0) -> str:
        self._thread.join(seconds)
        return self._ended or "went on"


@contextlib.contextmanager
def background(client: ConnectorClient) -> Iterator[threading.Thread]:
    """Run a client in the background."""
    thread = client.run_in_background()
    try:
        yield thread
    finally:
        client.stop()


def raises(call: Callable[[], object]) -> list[str]:
    """Name the public classes of the exception that a call raises."""
    try:
        call()
    except Exception as error:  # noqa: BLE001
        return classes(error)
    return []


def classes(error: BaseException | None) -> list[str]:
    return [cls.__name__ for cls in type(error).__mro__ if cls not in (Exception, BaseException, object)]


class Log(logging.Handler):
    """Keeps what the package logs."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        logger = logging.getLogger("autoplay_sdk")
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def about(self, words: str) -> list[Any]:
        """Return of the first such record: the logger, the level, the extras, whether there was a traceback."""
        for record in self.records:
            if words in record.getMessage():
                known = [name for name in ("url", "event_type", "session_id", "product_id") if hasattr(record, name)]
                return [record.name, record.levelname, *known, bool(record.exc_info)]
        return []

    def shows(self, text: str) -> bool:
        formatter = logging.Formatter("%(message)s")
        return any(text in formatter.format(record) for record in self.records)


def main(module: str, scenario: str) -> None:
    for name, seen in getattr(importlib.import_module(module), scenario)():
        print(json.dumps([name, seen]), flush=True)
    # Threads that go on are part of what one of the packages does.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
