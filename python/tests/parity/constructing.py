"""How a `ConnectorClient` is made: signatures, arguments, what it shows of itself."""

from __future__ import annotations

import inspect
from typing import Any

from autoplay_sdk import ConnectorClient
from play import TOKEN, Seen, raises, within
from streams import index, sends, serving


def signature() -> Seen:
    for name, parameter in inspect.signature(ConnectorClient).parameters.items():
        if parameter.kind is not parameter.KEYWORD_ONLY:
            yield (
                f"argument {name}",
                repr(parameter.default) if parameter.default is not parameter.empty else "required",
            )
    for name in ("on_actions", "on_summary", "on_drop", "run", "run_in_background", "stop"):
        yield name, [*inspect.signature(getattr(ConnectorClient, name)).parameters]


def keyword_arguments_that_are_new() -> Seen:
    for name, parameter in inspect.signature(ConnectorClient).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY:
            yield name, repr(parameter.default)


def methods_that_are_new() -> Seen:
    for name in dir(ConnectorClient):
        if not name.startswith("_"):
            yield name, "is there"


def arguments_that_are_wrong() -> Seen:
    url = "http://127.0.0.1:1/stream/p"

    def made_with(**arguments: Any) -> list[str]:
        return raises(lambda: ConnectorClient(**{"url": url, **arguments}))

    for name, value in {
        "max_queue_size": 0,
        "connect_timeout": 0,
        "initial_backoff_s": 0,
        "max_backoff_s": 0.5,
        "max_retries": -1,
    }.items():
        yield f"{name} out of range", made_with(**{name: value})
    yield "read_timeout_s out of range", made_with(read_timeout_s=-1)
    yield "max_queue_size no number", made_with(max_queue_size="many")
    for name, wrong in {
        "empty": "",
        "relative": "/stream/p",
        "neither http nor https": "ftp://a.example/stream/p",
        "with a password": "http://user:password@a.example/stream/p",
    }.items():
        yield f"url {name}", made_with(url=wrong)
    yield "token with a line's end", made_with(token="uk_live\n")
    yield "on_connect can't be called", made_with(on_connect=7)
    yield "on_actions can't be called", raises(lambda: ConnectorClient(url).on_actions(7))  # type: ignore[arg-type]
    yield "url missing", raises(lambda: ConnectorClient(**{}))
    yield "an argument that there is not", made_with(timeout=1)


def shows_itself() -> Seen:
    client = ConnectorClient("http://127.0.0.1:1/stream/p", TOKEN)
    yield "repr", repr(client)
    yield "dropped_count and queue_size", [client.dropped_count, client.queue_size]


def overriding() -> Seen:
    told: list[str] = []

    class Mine(ConnectorClient):
        def __init__(self, url: str, name: str) -> None:
            super().__init__(url, max_retries=0)
            self.name = name

        def run(self) -> None:
            told.append("run")
            super().run()

        def stop(self) -> None:
            told.append("stop")
            super().stop()

        def on_actions(self, fn: Any) -> Any:
            told.append("on_actions")
            return super().on_actions(fn)

    got: list[int] = []
    with serving(sends(1)) as server:
        with Mine(server.url, "mine") as client:
            client.on_actions(lambda payload: got.append(index(payload))).run_in_background()
            yield "it came", within(5, lambda: got)
        yield "told", told
        yield "it is one", [isinstance(client, ConnectorClient), client.name, type(client.on_summary(print)).__name__]
