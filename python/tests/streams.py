"""A server of event streams that does what a test says, connection by connection."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
PATIENCE = 20.0


class Connection:
    """One connection, whose request has been read."""

    def __init__(self, sock: socket.socket, request: str, number: int) -> None:
        self.sock, self.request, self.number = sock, request, number

    def open(self) -> None:
        self.send(HEAD)

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def events(self, numbers: range, **members: Any) -> None:
        self.send(b"".join(batch(number, **members) for number in numbers))

    def answer(self, status: int) -> None:
        self.send(f"HTTP/1.1 {status} Whatever\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())

    def wait_for_end(self) -> None:
        """Wait until the client has left."""
        with contextlib.suppress(OSError):
            while self.sock.recv(4096):
                pass


class Server:
    """Listens, and gives every connection to the script."""

    def __init__(self, script: Callable[[Connection], None]) -> None:
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self.requests: list[str] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/stream/p"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for sock in [self._listener, *self._sockets]:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self._sockets.append(sock)
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError), sock:
            request = b""
            while b"\r\n\r\n" not in request:
                piece = sock.recv(4096)
                if not piece:
                    return
                request += piece
            self.requests.append(request.decode())
            self._script(Connection(sock, request.decode(), len(self.requests)))


@contextlib.contextmanager
def serving(script: Callable[[Connection], None]) -> Iterator[Server]:
    server = Server(script)
    try:
        yield server
    finally:
        server.close()


def sends(count: int, **members: Any) -> Callable[[Connection], None]:
    """A script: so many batches, then silence."""

    def script(connection: Connection) -> None:
        connection.open()
        connection.events(range(count), **members)
        connection.wait_for_end()

    return script


def silent(connection: Connection) -> None:
    """A script: an open stream without events."""
    connection.open()
    connection.wait_for_end()


def batch(number: int, **members: Any) -> bytes:
    action = {"index": number, "type": "click", "description": "clicked", "canonical_url": "https://a.example/b"}
    document = {"type": "actions", "product_id": "p", "session_id": "s", "count": 1, "forwarded_at": 1.5}
    return event({**document, "actions": [action], **members}, number)


def summary(number: int, text: str) -> bytes:
    return event({"type": "summary", "product_id": "p", "session_id": "s", "summary": text, "replaces": 3}, number)


def event(document: object, number: int | None = None, name: str | None = None) -> bytes:
    head = (f"event: {name}\n" if name else "") + (f"id: {number}\n" if number is not None else "")
    return f"{head}data: {json.dumps(document)}\n\n".encode()


def index(payload: Any) -> int:
    number: int = payload.actions[0].index
    return number


def eventually(condition: Callable[[], object], patience: float = PATIENCE) -> None:
    """Wait for something that is about to become true."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.002)
