"""Subscribes to an Autoplay connector and calls your code with what users are doing right now.

:class:`ConnectorClient` calls functions on threads of its own, :class:`AsyncConnectorClient` coroutines on asyncio.
Payloads are dataclasses with ``to_text()``: :class:`ActionsPayload`, a batch of :class:`SlimAction`, and
:class:`SummaryPayload`. What can go wrong is below :class:`SdkError`.
"""

from __future__ import annotations

from autoplay_sdk import _absent
from autoplay_sdk._native import Gap, RawEvent, Stats, __version__
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
    from autoplay_sdk.async_client import AsyncConnectorClient
    from autoplay_sdk.client import ConnectorClient
    from autoplay_sdk.core.metrics import SdkMetricsHook

__all__ = [
    "ActionsPayload",
    "AnyPayload",
    "AsyncConnectorClient",
    "ConnectorClient",
    "Gap",
    "RawEvent",
    "SdkBufferFullError",
    "SdkConfigError",
    "SdkError",
    "SdkMetricsHook",
    "SdkStatusError",
    "SdkUpstreamError",
    "SlimAction",
    "Stats",
    "SummaryPayload",
    "__version__",
]

# Imported when they are first asked for, since what they need (typing, asyncio) costs every program more than all else
# together.
_LAZY = {
    "AsyncConnectorClient": "autoplay_sdk.async_client",
    "ConnectorClient": "autoplay_sdk.client",
    "SdkMetricsHook": "autoplay_sdk.core.metrics",
}

_absent.install()


def __getattr__(name: str) -> object:
    if name in _LAZY:
        from importlib import import_module

        value = globals()[name] = getattr(import_module(_LAZY[name]), name)
        return value
    raise AttributeError(_absent.explain(name) or f"module {__name__!r} has no attribute {name!r}", name=name)


def __dir__() -> list[str]:
    modules = ("async_client", "client", "core", "exceptions", "models")
    return sorted({*__all__, *modules, *(name for name in globals() if name.startswith("__"))})
