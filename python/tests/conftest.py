"""Fixtures of all tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from samples import arrived


@pytest.fixture(params=["ActionsPayload", "SummaryPayload", "SlimAction"])
def arrive(request: pytest.FixtureRequest) -> Callable[[], Any]:
    """Return what makes payloads of one class, each unread."""
    return lambda: arrived(request.param)
