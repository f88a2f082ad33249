"""The events of a client for who would rather ask for the next one than be called."""

from __future__ import annotations

import asyncio

from autoplay_sdk._attending import Bell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Self

    from autoplay_sdk import _native
    from autoplay_sdk.async_client import AsyncConnectorClient
    from autoplay_sdk.core.models import AnyPayload

__all__ = ["Events"]


class Events:
    """The events in the order in which they come.

    They are payloads, :class:`~autoplay_sdk.Gap` and :class:`~autoplay_sdk.RawEvent`. The run begins when the first
    event is asked for.
    """

    def __init__(self, client: AsyncConnectorClient) -> None:
        self._client = client
        self._run: _native.Sessions | None = None
        self._news = asyncio.Event()
        self._in_hand: _native.Held | None = None
        self._is_over = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> AnyPayload | _native.Gap | _native.RawEvent:
        if self._is_over:
            raise StopAsyncIteration
        run = self._begin() if self._run is None else self._run
        self._settle(run)
        while True:
            # Before the look at what there is: nothing comes after the end.
            is_over = run.is_over
            self._news.clear()
            for _, event, held in run:
                self._in_hand = held
                return event
            if is_over:
                break
            await self._news.wait()
        self._is_over = True
        error = run.take_error()
        self._client._say_ended(error)
        if error is not None:
            raise error
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """End the run. The event that was taken last is not settled: the next run begins with it."""
        if self._run is not None and not self._is_over:
            self._run.cut()
            self._client._say_ended(None)
        self._is_over = True

    def __del__(self) -> None:
        if self._run is not None and not self._is_over:
            self._run.cut()

    def _begin(self) -> _native.Sessions:
        run: _native.Sessions = self._client._native.pull()
        self._run = run
        self._client._say_connecting()
        Bell(run, asyncio.get_running_loop(), Look(run, self._client, self._news))
        return run

    def _settle(self, run: _native.Sessions) -> None:
        if self._in_hand is not None:
            run.end(self._in_hand)
            self._in_hand = None


class Look:
    """What the loop does about news; it does not keep the iterator alive."""

    def __init__(self, run: _native.Sessions, client: AsyncConnectorClient, news: asyncio.Event) -> None:
        self._run, self._client, self._news = run, client, news

    def __call__(self) -> None:
        self._run.looks()
        while (record := self._run.take_record()) is not None:
            self._client._log.record(*record)
        while (change := self._run.take_change()) is not None:
            if change[1] is not None:
                self._run.release(change[1])
        self._news.set()
