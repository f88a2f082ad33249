"""Figures for a metrics system of your own, such as Prometheus or Datadog."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

__all__ = ["SdkMetricsHook"]


@runtime_checkable
class SdkMetricsHook(Protocol):
    """What an object given as ``metrics`` to a client may have.

    An object needs only the methods that it wants called. They are called off the reader; an error in one is logged at
    DEBUG and otherwise ignored. A client calls ``record_event_dropped`` and ``record_queue_depth``; the others belong
    to parts of the SDK that are not in this package.

    Example::

        class Metrics:
            def record_event_dropped(self, *, reason, event_type, session_id, product_id):
                dropped.labels(reason=reason, event_type=event_type).inc()

            def record_queue_depth(self, *, depth):
                queued.set(depth)

        client = ConnectorClient(url, token, metrics=Metrics())
    """

    def record_event_dropped(
        self, *, reason: str, event_type: str, session_id: str | None, product_id: str | None
    ) -> None:
        """An event was dropped; ``reason`` is ``"queue_full"``."""

    def record_queue_depth(self, *, depth: int) -> None:
        """So many events are waiting for a callback."""

    def record_summarizer_latency(self, *, session_id: str, elapsed_ms: float, action_count: int) -> None:
        """A summary took so long to make."""

    def record_redis_operation(self, *, operation: str, elapsed_ms: float, success: bool) -> None:
        """A store was used: ``operation`` is ``"add"`` or ``"drain"``."""

    def record_semaphore_timeout(self, *, session_id: str | None, product_id: str | None) -> None:
        """An event was dropped because a store stayed busy."""
