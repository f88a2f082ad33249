"""Requests, answers and events of a `ConnectorClient`."""

from __future__ import annotations

import os
import time
from typing import Any

from autoplay_sdk import ConnectorClient
from play import AT_ONCE, TOKEN, Attempt, Seen, background, within
from streams import HEAD, Connection, batch, event, index, sends, serving, silent, summary


def request_that_is_sent() -> Seen:
    os.environ["AUTOPLAY_APP_UNKEY_TOKEN"] = "uk_live_environment"
    for name, token in (("given", TOKEN), ("from the environment", "")):
        with serving(silent) as server, background(ConnectorClient(server.url, token)):
            within(10, lambda: server.requests)
            head, *lines = server.requests[0].split("\r\n")
            headers = {key.lower(): value for key, _, value in (line.partition(": ") for line in lines if line)}
            yield f"authorization, {name}", headers["authorization"]
    yield "line", head
    yield "accept", headers["accept"]
    yield "cache-control", headers.get("cache-control")
    yield "user-agent", headers["user-agent"].partition("/")[0]


def fails_and_recovers() -> Seen:
    told: list[str] = []

    def script(connection: Connection) -> None:
        if connection.number <= 2:
            connection.answer(500)
        else:
            sends(1)(connection)

    with serving(script) as server:
        client = ConnectorClient(
            server.url,
            on_connect=lambda: told.append("on_connect"),
            on_disconnect=lambda: told.append("on_disconnect"),
            **AT_ONCE,  # type: ignore[arg-type]
        )
        with background(client.on_actions(lambda payload: told.append("on_actions"))):
            yield "it came", within(5, lambda: "on_actions" in told)
            yield "requests", len(server.requests)
            yield "told", told


def goes_on_after_a_lost_connection() -> Seen:
    told: list[object] = []

    def script(connection: Connection) -> None:
        connection.open()
        if connection.number == 1:
            connection.events(range(2))
            time.sleep(0.2)  # the end of the connection is what the scenario is about
        else:
            connection.events(range(2, 4))
            connection.wait_for_end()

    with serving(script) as server:
        client = ConnectorClient(
            server.url,
            on_connect=lambda: told.append("on_connect"),
            on_disconnect=lambda: told.append("on_disconnect"),
            **AT_ONCE,  # type: ignore[arg-type]
        )
        with background(client.on_actions(lambda payload: told.append(index(payload)))):
            within(5, lambda: 3 in told)
            yield "told", told
            lines = server.requests[1].lower().split("\r\n")
            yield "last-event-id", [line.partition(": ")[2] for line in lines if line.startswith("last-event-id")]


def silence() -> Seen:
    with serving(silent) as server, background(ConnectorClient(server.url, read_timeout_s=0.2, **AT_ONCE)):  # type: ignore[arg-type]
        yield "read_timeout_s=0.2 reconnects", within(5, lambda: len(server.requests) > 1)


def follows_a_redirect() -> Seen:
    def script(connection: Connection) -> None:
        if "/stream/p" in connection.request:
            connection.send(
                b"HTTP/1.1 307 Elsewhere\r\nLocation: /other\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
        else:
            sends(1)(connection)

    got: list[int] = []
    with serving(script) as server:
        client = ConnectorClient(server.url, **AT_ONCE).on_actions(lambda payload: got.append(index(payload)))  # type: ignore[arg-type]
        with background(client):
            within(10, lambda: got or len(server.requests) > 2)
            yield "it came", bool(got)


def answers_that_are_no_streams() -> Seen:
    answers = {
        "204": b"HTTP/1.1 204 No Content\r\n\r\n",
        "a page of HTML": HEAD.replace(b"event-stream", b"html") + b"Sign in",
        "an event stream with status 500": HEAD.replace(b"200 OK", b"500 No") + batch(0),
    }
    for name, answer in answers.items():
        told: list[str] = []
        with serving(lambda connection, answer=answer: connection.send(answer)) as server:  # type: ignore[misc]
            client = ConnectorClient(server.url, on_connect=lambda told=told: told.append("on_connect"), **AT_ONCE)  # type: ignore[misc, arg-type]
            client.on_actions(lambda payload, told=told: told.append("on_actions"))  # type: ignore[misc]
            attempt = Attempt(client.run)
            attempt.until(lambda: len(server.requests) > 2)
            yield f"{name}: run()", attempt.ended(0)
            yield f"{name}: told", sorted(set(told))
            client.stop()


def frames_of_all_kinds() -> Seen:
    got: list[str] = []

    def said(text: str) -> bytes:
        return event({"type": "summary", "product_id": "p", "summary": text})

    def script(connection: Connection) -> None:
        connection.open()
        connection.send("\ufeff".encode() + said("after a byte order mark"))
        connection.send(said("carriage returns").replace(b"\n", b"\r\n"))
        connection.send(b'data: {"type":"summary",\ndata: "summary":"two lines"}\n\n')
        for piece in said("in pieces: \u20ac").replace(b"\\u20ac", "€".encode()):
            connection.send(bytes([piece]))
        connection.send('data: {"type":"summary","summary":"line\u2028separator"}\n\n'.encode())
        connection.send(b'data: {"type":"summary","summary":"no UTF-8: \xff"}\n\n')
        connection.send(b'data:{"type":"summary","summary":"no space"}\n\nid\n\n' + said("the end"))
        connection.wait_for_end()

    with serving(script) as server:
        client = ConnectorClient(server.url, **AT_ONCE).on_summary(lambda payload: got.append(payload.summary))  # type: ignore[arg-type]
        with background(client):
            within(2, lambda: "the end" in got)
            connections = len(server.requests)
    for name, text in {
        "after a byte order mark": "after a byte order mark",
        "carriage returns": "carriage returns",
        "two data lines": "two lines",
        "byte by byte": "in pieces: €",
        "a line separator in the text": "line\u2028separator",
        "bytes that are no UTF-8": "no UTF-8: \ufffd",
        "no space after the colon": "no space",
        "the end": "the end",
    }.items():
        yield name, text in got
    yield "connections", connections


def events_that_are_odd() -> Seen:
    odd = {
        "no JSON": b"data: {\n\n",
        "a list": b"data: []\n\n",
        "null": b"data: null\n\n",
        "a number": b"data: 7\n\n",
        "another type": b'data: {"type":"usertour_trigger"}\n\n',
        "the type in the name of the event": b'event: summary\ndata: {"summary":"x"}\n\n',
        "a type that is no string": b'data: {"type":["summary"]}\n\n',
        "actions that are no list": b'data: {"type":"actions","actions":7}\n\n',
        "an action that is no object": b'data: {"type":"actions","actions":[7,{"type":"click"}]}\n\n',
        "actions that are null": b'data: {"type":"actions","actions":null}\n\n',
        "fields that are null": b'data: {"type":"summary","summary":null,"session_id":null}\n\n',
        "a number for a text": b'data: {"type":"summary","summary":7}\n\n',
        "a list for a text": b'data: {"type":"summary","summary":[7]}\n\n',
        "a text for a number": b'data: {"type":"summary","replaces":"7"}\n\n',
        "a wrong count": b'data: {"type":"actions","count":7,"actions":[{"type":"click"}]}\n\n',
        "NaN": b'data: {"type":"summary","summary":"n","forwarded_at":NaN}\n\n',
        "half of a pair of surrogates": b'data: {"type":"summary","summary":"\\ud83d"}\n\n',
        "a number beyond 64 bits": b'data: {"type":"summary","replaces":123456789012345678901234567890}\n\n',
        "a key twice": b'data: {"type":"summary","summary":"a","summary":"b"}\n\n',
        "nested 400 deep": b'data: {"type":"summary","x":' + b"[" * 400 + b"]" * 400 + b"}\n\n",
        "nested 100,000 deep": b'data: {"type":"summary","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n\n",
        "a field that is not known": b'data: {"type":"summary","summary":"s","new":1}\n\n',
    }
    for name, data in odd.items():
        got: list[str] = []

        def script(connection: Connection, data: bytes = data) -> None:
            connection.open()
            connection.send((data if connection.number == 1 else b"") + summary(1, "the next"))
            connection.wait_for_end()

        def callback(payload: Any, got: list[str] = got) -> None:
            try:
                got.append(payload.to_text().encode("ascii", "backslashreplace").decode())
            except Exception as error:  # noqa: BLE001
                got.append(f"to_text() raises {type(error).__name__}")

        with serving(script) as server:
            client = ConnectorClient(server.url, **AT_ONCE)  # type: ignore[arg-type]
            with background(client.on_actions(callback).on_summary(callback)):
                within(5, lambda got=got: "the next" in got)  # type: ignore[misc]
                yield name, [*got, *(["after a reconnect"] if len(server.requests) > 1 else [])]
