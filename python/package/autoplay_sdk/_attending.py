"""A run of the async client, as its event loop sees it."""

from __future__ import annotations

import asyncio
import threading

from autoplay_sdk._connector import NAMES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from autoplay_sdk import _native
    from autoplay_sdk.async_client import AsyncConnectorClient

__all__ = ["Attending", "Bell"]

# After so many events the loop gets a turn for everything else.
_MOST_AT_ONCE = 64

# A callback that is cancelled may have something to put away.
_PATIENCE_S = 0.1


class Bell:
    """The thread that waits for news of a run, and calls the loop when there are some."""

    def __init__(self, run: _native.Sessions, loop: asyncio.AbstractEventLoop, look: Callable[[], None]) -> None:
        self._run, self._loop, self._look = run, loop, look
        threading.Thread(target=self._ring, name="autoplay-sdk-news", daemon=True).start()

    def _ring(self) -> None:
        try:
            while self._run.wait():
                self._loop.call_soon_threadsafe(self._look)
        except RuntimeError:
            # The loop is closed: nobody is there to be called any more.
            self._run.cut()


class Attending:
    """Calls the callbacks of one run on the loop that it was made in."""

    def __init__(self, client: AsyncConnectorClient, run: _native.Sessions) -> None:
        self._client = client
        self._run = run
        self._loop = asyncio.get_running_loop()
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_cut = False
        self._looks_soon = False
        self._telling_change = False
        self._telling_drop = False
        self._counts = hasattr(client._metrics, "record_queue_depth")
        client._say_connecting()
        try:
            Bell(run, self._loop, self._look)
        except BaseException:
            run.cut()
            raise

    async def until_over(self) -> None:
        """Wait for the end of the run, and raise what it has ended with."""
        try:
            await self._over
        except asyncio.CancelledError:
            self.cut()
            self._client._say_ended(None)
            raise
        error = self._run.take_error()
        # Time is over for whatever callback still waits for something.
        tasks = list(self._tasks)
        self._cancel_tasks()
        if tasks:
            await asyncio.wait(tasks, timeout=_PATIENCE_S)
        self._client._say_ended(error)
        if error is not None:
            raise error

    def cut(self) -> None:
        """End the run at once."""
        if not self._is_cut:
            self._cancel_tasks()
            self._run.cut()

    def _cancel_tasks(self) -> None:
        self._is_cut = True
        for task in list(self._tasks):
            task.cancel()

    def _look(self) -> None:
        """Look at everything that there may be."""
        run = self._run
        self._looks_soon = False
        run.looks()
        while (record := run.take_record()) is not None:
            self._client._log.record(*record)
        if self._is_cut:
            return
        is_over = run.is_over
        self._tell_change()
        self._tell_drop()
        self._call_callbacks()
        if is_over and not self._over.done():
            self._over.set_result(None)

    def _look_soon(self) -> None:
        if not self._looks_soon:
            self._looks_soon = True
            self._loop.call_soon(self._look)

    def _call_callbacks(self) -> None:
        run, callbacks = self._run, self._client._callbacks
        left = _MOST_AT_ONCE
        for kind, event, held in run:
            if self._counts:
                self._client._measure("record_queue_depth", depth=self._client.queue_size)
            try:
                result = callbacks[kind](event)
            except BaseException as error:  # noqa: BLE001
                self._failed(error, NAMES[kind], event)
                run.end(held)
            else:
                if result is None or not hasattr(result, "__await__"):
                    run.end(held)
                else:
                    self._start(self._finish(result, kind, event, held))
            left -= 1
            if not left:
                break
        # What has ended may have made way for others.
        if run.look_ahead():
            self._look_soon()

    async def _finish(self, result: Any, kind: int, event: object, held: _native.Held) -> None:
        try:
            await result
        except BaseException as error:
            if self._is_cut and isinstance(error, asyncio.CancelledError):
                # It comes again in the next run.
                raise
            self._failed(error, NAMES[kind], event)
        self._run.end(held)
        self._ends()
        if not self._looks_soon:
            self._look_soon()

    def _tell_change(self) -> None:
        """Call on_connect and on_disconnect, one after the other."""
        while not self._telling_change and (change := self._run.take_change()) is not None:
            opened, connection = change
            name = "on_connect" if opened else "on_disconnect"
            callback = self._client._connect_callback if opened else self._client._disconnect_callback
            result = self._call(name, callback)
            if result is not None:
                self._telling_change = True
                self._start(self._finish_change(name, result, connection))
            elif connection is not None:
                self._run.release(connection)

    async def _finish_change(self, name: str, result: Any, connection: int | None) -> None:
        await self._await(name, result)
        if connection is not None:
            self._run.release(connection)
        self._telling_change = False
        self._ends()
        self._tell_change()

    def _tell_drop(self) -> None:
        """Call on_drop, one notice after the other."""
        left = _MOST_AT_ONCE
        while not self._telling_drop and (notice := self._run.take_drop()) is not None:
            raw, total = notice
            result = self._call("on_drop", self._client._drop_callback, self._client._dropped(raw), total)
            if result is not None:
                self._telling_drop = True
                self._start(self._finish_drop(result))
            left -= 1
            if not left:
                self._look_soon()
                return

    async def _finish_drop(self, result: Any) -> None:
        await self._await("on_drop", result)
        self._telling_drop = False
        self._ends()
        self._tell_drop()

    def _call(self, name: str, callback: Callable[..., Any] | None, *args: object) -> Any:
        """Call a callback and return what is to be awaited, if anything is."""
        if callback is None:
            return None
        try:
            result = callback(*args)
        except BaseException as error:  # noqa: BLE001
            self._failed(error, name)
            return None
        return result if hasattr(result, "__await__") else None

    async def _await(self, name: str, result: Any) -> None:
        try:
            await result
        except BaseException as error:
            if self._is_cut and isinstance(error, asyncio.CancelledError):
                raise
            self._failed(error, name)

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(coroutine)
        # The loop alone would not keep it. A loop whose tasks start at once may be through with it already.
        if not task.done():
            self._tasks.add(task)

    def _ends(self) -> None:
        """Note that the present task is done. A callback for the end of each would cost a turn of the loop more."""
        task = asyncio.current_task(self._loop)
        if task is not None:
            self._tasks.discard(task)

    def _failed(self, error: BaseException, name: str, event: object = None) -> None:
        self._client._failed(name, event)
        if isinstance(error, KeyboardInterrupt):
            # Ctrl-C meant the program, and found a callback at work.
            raise error
