"""The client beside whatever else the interpreter is at."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from autoplay_sdk import AsyncConnectorClient, ConnectorClient
from streams import eventually, sends, serving
from test_client_stops import interrupted
from test_process_ends import FLOODS

HERE = Path(__file__).parent


@pytest.fixture
def flood() -> Iterator[str]:
    """Give the URL of a server that never stops sending, in a process of its own."""
    command = [sys.executable, "-c", FLOODS, str(HERE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


def hold_the_interpreter(seconds: float) -> None:
    """Keep all other threads from running Python."""
    ctypes.PyDLL(None).usleep(int(seconds * 1_000_000))


def test_the_reader_reads_on_while_a_thread_holds_the_interpreter(flood: str) -> None:
    client = ConnectorClient(flood, max_queue_size=10**7, max_queue_bytes=10**9).on_actions(lambda _: None)
    thread = client.run_in_background()
    eventually(lambda: client.stats().delivered > 0)
    before = client.stats().bytes
    hold_the_interpreter(0.5)
    meanwhile = client.stats().bytes - before
    client.stop()
    thread.join(20)
    assert meanwhile > 1_000_000, "some hundred times as much on a quiet machine"


def test_callbacks_go_on_beside_a_thread_that_is_busy(flood: str) -> None:
    end = threading.Event()

    def compute() -> None:
        while not end.is_set():
            sum(range(1000))

    busy = threading.Thread(target=compute)
    busy.start()
    client = ConnectorClient(flood).on_actions(lambda _: None)
    thread = client.run_in_background()
    eventually(lambda: client.stats().delivered > 2_000)
    client.stop()
    thread.join(20)
    end.set()
    busy.join(20)
    assert client.dropped_count == 0, "callbacks are fast, however seldom they get a turn"


def test_a_run_leaves_no_thread_and_no_object_behind() -> None:
    def threads() -> int:
        return len(os.listdir("/proc/self/task")) if sys.platform == "linux" else threading.active_count()

    with serving(sends(3)) as server:
        for number in range(25):
            client = ConnectorClient(server.url)
            client.on_actions(lambda _, client=client: client.stop()).run()  # type: ignore[misc]
            asyncio.run(run_once(server.url))
            del client
            if number == 4:
                gc.collect()
                eventually(lambda: threads() < 200)
                objects = len(gc.get_objects())
        gc.collect()
        left = len(gc.get_objects()) - objects
    eventually(lambda: threads() <= threading.active_count() + 2)
    assert left < 500, "20 rounds with two clients each"


async def run_once(url: str) -> None:
    client = AsyncConnectorClient(url)
    await client.on_actions(lambda _: client.stop()).run()


def test_ctrl_c_ends_an_async_program_at_once() -> None:
    said, took, status = interrupted(
        """
        import asyncio
        from streams import sends, serving
        from autoplay_sdk import AsyncConnectorClient

        async def callback(payload):
            asyncio.get_running_loop().call_later(0.1, lambda: print("ready", flush=True))
            try:
                await asyncio.sleep(600)
            except asyncio.CancelledError:
                print("cancelled", flush=True)
                raise

        async def main(url):
            await AsyncConnectorClient(url).on_actions(callback).run()

        with serving(sends(1)) as server:
            try:
                asyncio.run(main(server.url))
            except KeyboardInterrupt:
                print("interrupted", flush=True)
        """
    )
    assert said == "ready\ncancelled\ninterrupted\n"
    assert status == 0
    assert took < 15


def test_ctrl_c_while_waiting_for_the_connection_is_heard() -> None:
    said, took, _ = interrupted(
        """
        import socket
        from autoplay_sdk import ConnectorClient

        listener = socket.create_server(("127.0.0.1", 0))
        client = ConnectorClient(f"http://127.0.0.1:{listener.getsockname()[1]}/stream/p")
        client.run_in_background()
        try:
            print("ready", flush=True)
            client.wait_until_connected(600)
        except KeyboardInterrupt:
            print("interrupted", flush=True)
        """
    )
    assert said == "ready\ninterrupted\n"
    assert took < 15


def test_asyncio_is_imported_only_when_it_is_used() -> None:
    script = """
        import sys
        bare = set(sys.modules)
        import autoplay_sdk
        from autoplay_sdk import ConnectorClient
        print(*sorted({"asyncio", "logging", "typing", "inspect", "json"} & (set(sys.modules) - bare)))
    """
    said = subprocess.run(
        [sys.executable, "-S", "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(HERE.parent / "package")},
    )
    assert said.returncode == 0, said.stderr
    assert "asyncio" not in said.stdout
    assert "logging" not in said.stdout


def test_a_stop_from_a_signal_handler_in_the_middle_of_anything(flood: str) -> None:
    client = ConnectorClient(flood).on_actions(lambda payload: payload.to_text())
    previous = signal.signal(signal.SIGALRM, lambda *_: client.stop())
    try:
        for _ in range(20):
            thread = client.run_in_background()
            signal.setitimer(signal.ITIMER_REAL, 0.005)
            while thread.is_alive():
                client.stats()
            thread.join(20)
    finally:
        signal.signal(signal.SIGALRM, previous)
