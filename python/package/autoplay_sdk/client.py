"""The client whose callbacks run on threads.

Example::

    from autoplay_sdk import ActionsPayload, ConnectorClient

    def on_actions(payload: ActionsPayload) -> None:
        print(payload.to_text())

    ConnectorClient(url="https://…/stream/my_product", token="uk_live_…").on_actions(on_actions).run()
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from os import PathLike

from autoplay_sdk import _leaving, _native
from autoplay_sdk._connector import NAMES, Connector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self

    from autoplay_sdk.core.metrics import SdkMetricsHook
else:
    # typing.get_type_hints() finds what annotations name, and importing the package stays cheap.
    Any = Self = SdkMetricsHook = object

__all__ = ["ConnectorClient"]


class ConnectorClient(Connector):
    """Subscribes to the stream of one product and calls your functions with what arrives.

    Callbacks run on a worker thread, one at a time and in order. They may block: what arrives meanwhile waits in a
    queue. A callback that raises is logged and counted, and the stream goes on; one that is ``async def`` is run to
    its end.

    Args:
        url: The full URL of ``GET /stream/{product_id}``.
        token: The API key (``uk_live_…``). Without it, the environment variable ``AUTOPLAY_APP_UNKEY_TOKEN``; if that
            is empty too, no authentication.
        max_queue_size: How many events may wait for their callback.
        connect_timeout: Seconds for name look-up, TCP, TLS and the head of the answer.
        read_timeout_s: Seconds of silence that count as a lost connection; connectors send a heartbeat every 30 s.
            ``None`` waits for ever.
        initial_backoff_s: Seconds of pause after the first failure. It doubles with each further one.
        max_backoff_s: The longest pause.
        max_retries: How many failed requests in a row are tried again; ``None``: without end.
        on_connect: Called without argument when the stream has been opened, before its first event is delivered.
        on_disconnect: Called without argument for each connection that was lost.
        metrics: Told of drops and of the queue's depth; see :class:`~autoplay_sdk.SdkMetricsHook`.
        overflow: What becomes of an event when the queue is full. ``"drop"``, the default: it is dropped if the
            callbacks at their present pace need more than ``max_lag_s`` for what is queued, else it waits.
            ``"block"``, the default with a checkpoint: it waits.
        max_lag_s: How far callbacks may lag behind, in seconds, before events are dropped.
        max_queue_bytes: How many bytes of event data may wait.
        workers: How many threads run callbacks. Events of one session stay in order, on one thread.
        checkpoint: A file that keeps the place in the stream, so that a new process goes on where the last one was.
        max_event_bytes: The size up to which events are taken; a larger one is passed over and counted.
        drain_timeout: Seconds that callbacks may go on after a stop.
        ca_file: A file of certificates in PEM; a server is trusted by these and no others.
        proxy: The URL of a proxy, in place of what the environment says.

    Raises:
        SdkConfigError: an argument is wrong; the message names it. It is a ``ValueError``, too.
    """

    _logger_name = "autoplay_sdk.client"

    def __init__(  # noqa: PLR0913, PLR0917
        self,
        url: str,
        token: str = "",
        max_queue_size: int = 500,
        connect_timeout: float = 10.0,
        read_timeout_s: float | None = 65.0,
        initial_backoff_s: float = 1.0,
        max_backoff_s: float = 30.0,
        max_retries: int | None = None,
        on_connect: Callable[[], Any] | None = None,
        on_disconnect: Callable[[], Any] | None = None,
        metrics: SdkMetricsHook | Any | None = None,
        *,
        overflow: str | None = None,
        max_lag_s: float = 1.0,
        max_queue_bytes: int = 64 * 1024 * 1024,
        workers: int = 1,
        checkpoint: str | PathLike[str] | None = None,
        max_event_bytes: int = 16 * 1024 * 1024,
        drain_timeout: float = 10.0,
        ca_file: str | PathLike[str] | None = None,
        proxy: str | None = None,
    ) -> None:
        native = _native.Client(
            url,
            token,
            max_queue_size=max_queue_size,
            connect_timeout=connect_timeout,
            read_timeout_s=read_timeout_s,
            initial_backoff_s=initial_backoff_s,
            max_backoff_s=max_backoff_s,
            max_retries=max_retries,
            overflow=overflow,
            max_lag_s=max_lag_s,
            max_queue_bytes=max_queue_bytes,
            workers=workers,
            checkpoint=checkpoint,
            max_event_bytes=max_event_bytes,
            drain_timeout=drain_timeout,
            ca_file=ca_file,
            proxy=proxy,
        )
        super().__init__(native, on_connect, on_disconnect, metrics)

    def run(self) -> None:
        """Connect, and block until the client is stopped or nothing more can be done.

        It reconnects by itself, without end unless ``max_retries`` is given. A run after an earlier one goes on where
        that ended. Ctrl-C ends it at once: what is queued is not delivered, and a callback in hand is left to itself.

        Raises:
            SdkStatusError: the connector answered 401, 403 or 404.
            SdkUpstreamError: ``max_retries`` is spent.
            SdkConfigError: the checkpoint can't be used.
            SdkError: the client is running already, or was made before the process was forked.
        """
        run = self._native.begin()
        failures: list[BaseException] = []
        ended = threading.Lock()
        ended.acquire()

        def attend() -> None:
            try:
                self._attend(run)
            except BaseException as error:  # noqa: BLE001
                failures.append(error)
            ended.release()

        try:
            self._start_threads(run, attend)
            # The interpreter handles signals meanwhile.
            ended.acquire()
        except BaseException:
            # Ctrl-C, or whatever else a signal handler raised.
            run.cut()
            raise
        if failures:
            raise failures[0]

    def run_in_background(self) -> threading.Thread:
        """Do the same on a daemon thread, which is returned: ``join()`` waits for the end.

        The client is running when this returns. What :meth:`run` would raise later is raised in the thread, where
        ``threading.excepthook`` sees it.

        Raises:
            SdkConfigError: the checkpoint can't be used.
            SdkError: the client is running already, or was made before the process was forked.
        """
        if getattr(self.run, "__func__", None) is not _RUN:
            # A subclass has its own; when its run begins is its own affair.
            return start_thread("main", self.run)
        run = self._native.begin()
        try:
            return self._start_threads(run, lambda: self._attend(run))
        except BaseException:
            run.cut()
            raise

    def wait_until_connected(self, timeout: float | None = None) -> bool:
        """Wait until the stream is open, for at most ``timeout`` seconds; return whether it is.

        It gives up early if the run is over.
        """
        connected: bool = self._native.wait_until_connected(timeout)
        return connected

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start_threads(self, run: _native.Run, attend: Callable[[], None]) -> threading.Thread:
        """Start the threads of a run and return the one that sees its end."""
        self._say_connecting()
        _leaving.runs.add(run)
        for number, worker in enumerate(run.workers, 1):
            name = "worker" if number == 1 else f"worker-{number}"
            start_thread(name, partial(_leaving.work, partial(self._deliver, worker)))
        start_thread("status", partial(self._tell_changes, run.changes))
        start_thread("drops", partial(self._tell_drops, run.drops))
        return start_thread("main", attend)

    def _attend(self, run: _native.Run) -> None:
        """Log what the compiled half says until the run has ended, and raise what it has ended with."""
        while (record := run.next_record()) is not None:
            self._log.record(*record)
        _leaving.runs.discard(run)
        error = run.take_error()
        self._say_ended(error)
        if error is not None:
            raise error

    def _deliver(self, worker: _native.Worker) -> None:
        """Run the callbacks of one worker's events. Nothing but the interpreter's own frames is beneath them."""
        callbacks = self._callbacks
        counts = hasattr(self._metrics, "record_queue_depth")
        while worker.fetch():
            for kind, event in worker:
                if counts:
                    self._measure("record_queue_depth", depth=self.queue_size + 1)
                try:
                    result = callbacks[kind](event)
                    if result is not None:
                        finish(result)
                except BaseException:  # noqa: BLE001
                    self._failed(NAMES[kind], event)
            # Not kept for the next one, which may be long in coming.
            event = result = None

    def _tell_changes(self, changes: _native.Changes) -> None:
        while (opened := changes.next()) is not None:
            if opened:
                self._call("on_connect", self._connect_callback)
            else:
                self._call("on_disconnect", self._disconnect_callback)

    def _tell_drops(self, drops: _native.Drops) -> None:
        while (notice := drops.next()) is not None:
            raw, total = notice
            self._call("on_drop", self._drop_callback, self._dropped(raw), total)

    def _call(self, name: str, callback: Callable[..., Any] | None, *args: object) -> None:
        if callback is None:
            return
        try:
            result = callback(*args)
            if result is not None:
                finish(result)
        except BaseException:  # noqa: BLE001
            self._failed(name)


_RUN = ConnectorClient.run


def start_thread(name: str, target: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=target, name=f"autoplay-sdk-{name}", daemon=True)
    thread.start()
    return thread


def finish(result: Any) -> None:
    """Run what a callback has returned to its end, if that can be awaited."""
    if hasattr(result, "__await__"):
        import asyncio

        async def wait() -> None:
            await result

        asyncio.run(wait())
