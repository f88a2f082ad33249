"""Fixtures of all tests."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytest
from samples import arrived

# A shell has what it runs in the background ignore Ctrl-C, and programs that tests start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(params=["ActionsPayload", "SummaryPayload", "SlimAction"])
def arrive(request: pytest.FixtureRequest) -> Callable[[], Any]:
    """Return what makes payloads of one class, each unread."""
    return lambda: arrived(request.param)
