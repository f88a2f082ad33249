"""What both clients have in common: registration, figures, and what is done about callbacks that raise."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from autoplay_sdk import _native
from autoplay_sdk._logs import DEBUG, ERROR, INFO, Log, about
from autoplay_sdk.core.exceptions import SdkConfigError, SdkStatusError
from autoplay_sdk.core.models import ActionsPayload, SummaryPayload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self
else:
    # typing.get_type_hints() finds what annotations name, and importing the package stays cheap.
    Any = Self = object

__all__ = ["Connector"]

# The numbers of the kinds of events in the compiled half: where their callbacks are in the list.
ACTIONS, SUMMARY, EVENT, GAP = range(4)
NAMES = ("on_actions", "on_summary", "on_event", "on_gap")

URL_VARIABLE = "AUTOPLAY_STREAM_URL"


class Connector:
    """The part of a client that has nothing to do with threads or tasks."""

    _logger_name = __name__

    def __init__(
        self,
        native: Any,
        on_connect: Callable[[], Any] | None,
        on_disconnect: Callable[[], Any] | None,
        metrics: Any,
    ) -> None:
        for name, fn in (("on_connect", on_connect), ("on_disconnect", on_disconnect)):
            if fn is not None:
                check_callable(name, fn)
        self._native = native
        self._log = Log(self._logger_name, native.url)
        self._callbacks: list[Any] = [None] * len(NAMES)
        self._drop_callback: Any = None
        self._connect_callback = on_connect
        self._disconnect_callback = on_disconnect
        self._metrics = metrics
        native.expect_changes(on_connect is not None, on_disconnect is not None)
        if hasattr(metrics, "record_event_dropped"):
            native.expect_drops()

    @classmethod
    def from_env(cls, url: str | None = None, token: str = "", **settings: Any) -> Self:
        """Make a client whose URL and token come from the environment.

        Args:
            url: Wins over the environment variable ``AUTOPLAY_STREAM_URL``.
            token: Wins over ``AUTOPLAY_APP_UNKEY_TOKEN``.
            settings: The other arguments of the constructor.

        Raises:
            SdkConfigError: an argument, or what the environment says, is wrong or missing.
        """
        url = url or os.environ.get(URL_VARIABLE)
        if not url:
            raise SdkConfigError(f"url: is not given: set {URL_VARIABLE} to the full URL of the stream")
        return cls(url, token, **settings)  # type: ignore[arg-type]

    def on_actions(self, fn: Callable[[ActionsPayload], Any]) -> Self:
        """Call ``fn(payload)`` with each batch of actions, an :class:`~autoplay_sdk.ActionsPayload`.

        A callback can be registered or replaced at any time; the next event sees it.

        Returns:
            The client, for the next call.

        Raises:
            TypeError: ``fn`` can't be called.
        """
        return self._register(ACTIONS, fn)

    def on_summary(self, fn: Callable[[SummaryPayload], Any]) -> Self:
        """Call ``fn(payload)`` with each summary, a :class:`~autoplay_sdk.SummaryPayload`.

        Returns:
            The client, for the next call.

        Raises:
            TypeError: ``fn`` can't be called.
        """
        return self._register(SUMMARY, fn)

    def on_event(self, fn: Callable[[_native.RawEvent], Any]) -> Self:
        """Call ``fn(event)`` with each event of any other type, as it came: a :class:`~autoplay_sdk.RawEvent`.

        Returns:
            The client, for the next call.

        Raises:
            TypeError: ``fn`` can't be called.
        """
        return self._register(EVENT, fn)

    def on_gap(self, fn: Callable[[_native.Gap], Any]) -> Self:
        """Call ``fn(gap)`` with a :class:`~autoplay_sdk.Gap` where the stream could not be continued where it was left.

        Events are missing there.

        Returns:
            The client, for the next call.

        Raises:
            TypeError: ``fn`` can't be called.
        """
        return self._register(GAP, fn)

    def on_drop(self, fn: Callable[[dict[str, Any], int], Any]) -> Self:
        """Call ``fn(raw, total_dropped)`` for each event that is dropped because the queue is full.

        ``raw`` is the event's data as a dict, ``total_dropped`` the number of all that were. It runs promptly, not
        behind a callback that is stuck. At most 1,000 notices wait for it; beyond that they merge, and the number
        jumps.

        Returns:
            The client, for the next call.

        Raises:
            TypeError: ``fn`` can't be called.
        """
        check_callable("on_drop", fn)
        self._drop_callback = fn
        self._native.expect_drops()
        return self

    @property
    def dropped_count(self) -> int:
        """How many events were dropped so far because the queue was full, over all runs."""
        count: int = self._native.dropped_count
        return count

    @property
    def queue_size(self) -> int:
        """How many events are waiting now."""
        size: int = self._native.queue_size
        return size

    def stats(self) -> _native.Stats:
        """Return all that is counted, as it is now. Cheap enough to read in a loop."""
        stats: _native.Stats = self._native.stats()
        return stats

    def stop(self) -> None:
        """Stop the client: it leaves the stream at once, and delivers what is queued for at most ``drain_timeout``.

        This only signals and returns. It can be called from any thread, any callback and a signal handler, any number
        of times, and does nothing if the client does not run.
        """
        self._native.stop()

    def __repr__(self) -> str:
        native = self._native
        return f"{type(self).__name__}(url={native.url!r}, running={native.is_running}, dropped={native.dropped_count})"

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("a client has connections and threads, and can't be pickled: make one in the other process")

    def _register(self, kind: int, fn: Callable[..., Any]) -> Self:
        check_callable(NAMES[kind], fn)
        self._callbacks[kind] = fn
        self._native.expect(kind)
        return self

    def _measure(self, name: str, **figures: object) -> None:
        """Call a method of the metrics object, if it has it."""
        try:
            method = getattr(self._metrics, name, None)
            if method is not None:
                method(**figures)
        except BaseException as error:
            self._log(DEBUG, "metrics.%s raised", name, exc_info=True)
            # A worker that ended here would leave its events behind; on a loop, Ctrl-C meant the program.
            if isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
                raise

    def _dropped(self, raw: _native.RawEvent) -> dict[str, Any]:
        """Tell the metrics of an event that was dropped, and return its data."""
        try:
            data = _native.read_json(raw.data)
        except ValueError:
            data = None
        data = data if isinstance(data, dict) else {}
        if self._metrics is not None:
            kind = data.get("type")
            self._measure(
                "record_event_dropped",
                reason="queue_full",
                event_type=kind if isinstance(kind, str) else raw.event,
                session_id=_text(data.get("session_id")),
                product_id=_text(data.get("product_id")),
            )
        return data

    def _say_connecting(self) -> None:
        self._log(INFO, "connecting to %s", self._native.url)

    def _say_ended(self, error: BaseException | None) -> None:
        if isinstance(error, SdkStatusError):
            self._log(ERROR, "fatal HTTP %d — check URL and token", error.status_code, http_status=error.status_code)
        self._log(INFO, "stopped")

    def _failed(self, name: str, event: object = None) -> None:
        """Count and log the exception that a callback has raised, which is being handled."""
        self._native.failed()
        self._log(ERROR, "%s callback raised an error", name, exc_info=True, **about(event))


def check_callable(name: str, fn: Any) -> None:
    if not callable(fn):
        raise TypeError(f"{name}: give a function, not {type(fn).__name__}")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
