"""Payloads, exceptions and the protocol for metrics."""

from __future__ import annotations

from autoplay_sdk.core.exceptions import (
    SdkBufferFullError,
    SdkConfigError,
    SdkError,
    SdkStatusError,
    SdkUpstreamError,
)
from autoplay_sdk.core.models import ActionsPayload, AnyPayload, SlimAction, SummaryPayload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autoplay_sdk.core.metrics import SdkMetricsHook

__all__ = [
    "ActionsPayload",
    "AnyPayload",
    "SdkBufferFullError",
    "SdkConfigError",
    "SdkError",
    "SdkMetricsHook",
    "SdkStatusError",
    "SdkUpstreamError",
    "SlimAction",
    "SummaryPayload",
]


def __getattr__(name: str) -> object:
    # It needs typing, which would be a fifth of what importing the package may cost.
    if name == "SdkMetricsHook":
        from autoplay_sdk.core.metrics import SdkMetricsHook

        return SdkMetricsHook
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
