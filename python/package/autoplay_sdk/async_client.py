"""The client whose callbacks run on asyncio.

Example::

    from autoplay_sdk import ActionsPayload, AsyncConnectorClient

    async def on_actions(payload: ActionsPayload) -> None:
        await store(payload.to_text())

    async def main() -> None:
        await AsyncConnectorClient(url="https://…/stream/my_product", token="uk_live_…").on_actions(on_actions).run()
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from os import PathLike
from typing import Any

from autoplay_sdk import _native
from autoplay_sdk._attending import Attending
from autoplay_sdk._connector import Connector
from autoplay_sdk._pulling import Events
from autoplay_sdk.core.metrics import SdkMetricsHook
from autoplay_sdk.core.models import ActionsPayload, SummaryPayload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Self
else:
    Self = object

__all__ = ["ActionCallback", "AsyncConnectorClient", "LifecycleCallback", "SummaryCallback"]

# For annotations in programs.
ActionCallback = Callable[[ActionsPayload], Any]
SummaryCallback = Callable[[SummaryPayload], Any]
LifecycleCallback = Callable[[], Any]


class AsyncConnectorClient(Connector):
    """Subscribes to the stream of one product and calls your coroutines with what arrives.

    Callbacks of different sessions run concurrently, those of one session at most ``session_concurrency`` at a time,
    and they start in order. An event keeps its place in the queue until its callback has ended. Plain functions serve
    as callbacks, too; they must not block.

    Args:
        url: The full URL of ``GET /stream/{product_id}``.
        token: The API key (``uk_live_…``). Without it, the environment variable ``AUTOPLAY_APP_UNKEY_TOKEN``; if that
            is empty too, no authentication.
        connect_timeout: Seconds for name look-up, TCP, TLS and the head of the answer.
        session_concurrency: How many callbacks of one session run at a time.
        initial_backoff_s: Seconds of pause after the first failure. It doubles with each further one.
        max_backoff_s: The longest pause.
        max_retries: How many failed requests in a row are tried again; ``None``: without end.
        on_connect: Called or awaited without argument when the stream has been opened, before its first event.
        on_disconnect: Called or awaited without argument for each connection that was lost.
        metrics: Told of drops and of the queue's depth; see :class:`~autoplay_sdk.SdkMetricsHook`.
        max_queue_size: How many events may wait for the end of their callback.
        read_timeout_s: Seconds of silence that count as a lost connection; connectors send a heartbeat every 30 s.
            ``None`` waits for ever.
        overflow: What becomes of an event when the queue is full. ``"drop"``, the default: it is dropped if the
            callbacks at their present pace need more than ``max_lag_s`` for what is queued, else it waits.
            ``"block"``, the default with a checkpoint: it waits.
        max_lag_s: How far callbacks may lag behind, in seconds, before events are dropped.
        max_queue_bytes: How many bytes of event data may wait.
        checkpoint: A file that keeps the place in the stream, so that a new process goes on where the last one was.
        max_event_bytes: The size up to which events are taken; a larger one is passed over and counted.
        drain_timeout: Seconds that callbacks may go on after a stop. What then still runs is cancelled.
        ca_file: A file of certificates in PEM; a server is trusted by these and no others.
        proxy: The URL of a proxy, in place of what the environment says.

    Raises:
        SdkConfigError: an argument is wrong; the message names it. It is a ``ValueError``, too.
    """

    _logger_name = "autoplay_sdk.async_client"

    def __init__(  # noqa: PLR0913, PLR0917
        self,
        url: str,
        token: str = "",
        connect_timeout: float = 10.0,
        session_concurrency: int = 4,
        initial_backoff_s: float = 1.0,
        max_backoff_s: float = 30.0,
        max_retries: int | None = None,
        on_connect: Callable[[], Any] | None = None,
        on_disconnect: Callable[[], Any] | None = None,
        metrics: SdkMetricsHook | Any | None = None,
        *,
        max_queue_size: int = 500,
        read_timeout_s: float | None = 65.0,
        overflow: str | None = None,
        max_lag_s: float = 1.0,
        max_queue_bytes: int = 64 * 1024 * 1024,
        checkpoint: str | PathLike[str] | None = None,
        max_event_bytes: int = 16 * 1024 * 1024,
        drain_timeout: float = 10.0,
        ca_file: str | PathLike[str] | None = None,
        proxy: str | None = None,
    ) -> None:
        native = _native.SessionsClient(
            url,
            token,
            connect_timeout=connect_timeout,
            session_concurrency=session_concurrency,
            initial_backoff_s=initial_backoff_s,
            max_backoff_s=max_backoff_s,
            max_retries=max_retries,
            max_queue_size=max_queue_size,
            read_timeout_s=read_timeout_s,
            overflow=overflow,
            max_lag_s=max_lag_s,
            max_queue_bytes=max_queue_bytes,
            checkpoint=checkpoint,
            max_event_bytes=max_event_bytes,
            drain_timeout=drain_timeout,
            ca_file=ca_file,
            proxy=proxy,
        )
        super().__init__(native, on_connect, on_disconnect, metrics)

    async def run(self) -> None:
        """Connect, and go on until the client is stopped or nothing more can be done.

        It reconnects by itself, without end unless ``max_retries`` is given. A run after an earlier one goes on where
        that ended. Cancelling it ends everything at once: callbacks are cancelled where they wait, and what they had
        in hand comes again in the next run.

        Raises:
            SdkStatusError: the connector answered 401, 403 or 404.
            SdkUpstreamError: ``max_retries`` is spent.
            SdkConfigError: the checkpoint can't be used.
            SdkError: the client is running already, or was made before the process was forked.
        """
        await Attending(self, self._native.begin()).until_over()

    def run_in_background(self) -> asyncio.Task[None]:
        """Do the same in a task, which is returned. The client is running when this returns.

        Raises:
            RuntimeError: no event loop is running.
            SdkConfigError: the checkpoint can't be used.
            SdkError: the client is running already, or was made before the process was forked.
        """
        loop = asyncio.get_running_loop()
        if getattr(self.run, "__func__", None) is not _RUN:
            # A subclass has its own; when its run begins is its own affair.
            return loop.create_task(self.run(), name="autoplay-sdk-main")
        attending = Attending(self, self._native.begin())
        task = loop.create_task(attending.until_over(), name="autoplay-sdk-main")
        # A task that is cancelled before its first step never gets as far as to end the run.
        task.add_done_callback(lambda _: attending.cut())
        return task

    def events(self) -> Events:
        """Return the events in the order in which they come, for ``async for``.

        This is a run of its own, in which no callback of events is called and nothing is dropped: the stream is read no
        faster than events are taken. An event is settled when the next one is asked for. Leaving the loop ends the run,
        best with ``async with contextlib.aclosing(client.events()) as events``.

        Raises:
            SdkError: as :meth:`run` does, from the loop.
        """
        return Events(self)

    async def wait_until_connected(self, timeout: float | None = None) -> bool:
        """Wait until the stream is open, for at most ``timeout`` seconds; return whether it is.

        It gives up early if the run is over.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bool] = loop.create_future()

        def tell(connected: bool, error: Exception | None) -> None:
            if answer.done():
                return
            if error is None:
                answer.set_result(connected)
            else:
                answer.set_exception(error)

        def wait() -> None:
            connected, failure = False, None
            try:
                connected = self._native.wait_until_connected(timeout)
            except Exception as error:  # noqa: BLE001
                failure = error
            # A loop that is closed has nobody who waits.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(tell, connected, failure)

        threading.Thread(target=wait, name="autoplay-sdk-wait", daemon=True).start()
        return await answer

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop()


_RUN = AsyncConnectorClient.run
