"""A web application that knows what its users are doing right now.

    export AUTOPLAY_STREAM_URL=http://127.0.0.1:8080/stream/shop AUTOPLAY_APP_UNKEY_TOKEN=uk_live_…
    uvicorn fastapi_app:app

The client is made in the lifespan and not at import: each worker process has its own, also under gunicorn's
``--preload``.
"""

from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from autoplay_sdk import ActionsPayload, AsyncConnectorClient
from fastapi import FastAPI, HTTPException, Request

MOST_LINES = 50


class Recent:
    """The latest that each user did, for a prompt."""

    def __init__(self) -> None:
        self._lines: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=MOST_LINES))

    async def add(self, batch: ActionsPayload) -> None:
        if batch.user_id:
            self._lines[batch.user_id].extend(action.description for action in batch.actions)

    def of(self, user: str) -> list[str]:
        return list(self._lines[user]) if user in self._lines else []


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    recent = Recent()
    async with AsyncConnectorClient.from_env() as client:
        app.state.recent = recent
        app.state.client = client
        app.state.running = client.on_actions(recent.add).run_in_background()
        yield
    # Leaving the block has stopped the client; this waits for the callbacks, and raises what the run has ended with.
    await app.state.running


app = FastAPI(lifespan=lifespan)


@app.get("/users/{user}")
async def what_a_user_did(user: str, request: Request) -> list[str]:
    return request.app.state.recent.of(user)


@app.get("/health")
async def health(request: Request) -> dict[str, object]:
    state = request.app.state
    if state.running.done():
        # Refused, for instance: the log has the error.
        raise HTTPException(503, "the client has ended")
    stats = state.client.stats()
    return {"connected": stats.connected, "delivered": stats.delivered, "dropped": stats.dropped}
