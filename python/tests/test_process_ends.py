"""A program that ends, forks or starts others while clients run neither hangs nor crashes."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from streams import serving, silent

HERE = Path(__file__).parent
ROUNDS = 20

STARTS = """
import sys, os, threading, time
from autoplay_sdk import ConnectorClient

url = sys.argv[1]
seen = threading.Event()
"""

# Endless, so that callbacks are in flight at the end.
FLOODS = """
import sys
sys.path.insert(0, sys.argv[1])
from streams import Server, batch
import time

def script(connection):
    connection.open()
    data = b"".join(batch(number) for number in range(200))
    while True:
        connection.send(data)

server = Server(script)
print(server.url, flush=True)
sys.stdin.read()
"""

ENDINGS = {
    "at_once": "",
    "exit": "seen.wait(20)\nsys.exit(0)",
    "exception": "seen.wait(20)\nraise ValueError('the end')",
    "os_exit": "seen.wait(20)\nos._exit(0)",
    "thread_sleeps": "seen.wait(20)",
}

CALLBACKS = {
    "at_once": "lambda payload: None",
    "exit": "lambda payload: (payload.to_text(), seen.set())",
    "exception": "lambda payload: (payload.actions, seen.set())",
    "os_exit": "lambda payload: (payload.actions, seen.set())",
    "thread_sleeps": "lambda payload: (seen.set(), time.sleep(0.01))",
}


@pytest.fixture(scope="module")
def flood() -> object:
    """Give the URL of a server that never stops sending, in a process of its own."""
    command = [sys.executable, "-c", FLOODS, str(HERE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


def run(script: str, url: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    command = [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(script), url]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("ending", ENDINGS)
def test_the_interpreter_ends_with_a_client_running(flood: str, ending: str) -> None:
    script = STARTS + f"ConnectorClient(url).on_actions({CALLBACKS[ending]}).run_in_background()\n{ENDINGS[ending]}\n"
    for _ in range(ROUNDS):
        ended = run(script, flood)
        assert ended.returncode == (1 if ending == "exception" else 0), ended.stderr
        assert "Fatal" not in ended.stderr
        if ending != "exception":
            assert ended.stderr == ""


@pytest.mark.timeout(600)
def test_the_interpreter_ends_with_an_async_client_running(flood: str) -> None:
    script = """
        import asyncio, sys
        from autoplay_sdk import AsyncConnectorClient

        async def main():
            seen = asyncio.Event()
            async def callback(payload):
                seen.set()
                await asyncio.sleep(0)
            client = AsyncConnectorClient(sys.argv[1]).on_actions(callback)
            client.run_in_background()
            await seen.wait()

        loop = asyncio.new_event_loop()
        loop.run_until_complete(main())
        if len(sys.argv) > 2:
            loop.close()
        asyncio.run(main())
    """
    for _ in range(ROUNDS):
        ended = run(script, flood)
        assert ended.returncode == 0, ended.stderr
        assert "Fatal" not in ended.stderr


def test_a_client_that_is_forked_says_that_it_must_be_made_anew() -> None:
    script = """
        import os, sys, warnings
        warnings.simplefilter("ignore")
        from autoplay_sdk import ConnectorClient, SdkError

        client = ConnectorClient(sys.argv[1])
        thread = client.run_in_background()
        assert client.wait_until_connected(20)
        if os.fork() == 0:
            client.stop()
            assert client.queue_size == 0 and not client.stats().connected and not client.wait_until_connected(5)
            for run in (client.run, client.run_in_background):
                try:
                    run()
                except SdkError as error:
                    assert "make a new one" in str(error), error
                else:
                    os._exit(3)
            other = ConnectorClient(sys.argv[1])
            thread = other.run_in_background()
            assert other.wait_until_connected(20)
            other.stop()
            thread.join(20)
            print("child", thread.is_alive(), flush=True)
            sys.exit(0)
        _, status = os.wait()
        assert status == 0, status
        assert client.stats().connected
        client.stop()
        thread.join(20)
        print("parent", thread.is_alive(), flush=True)
    """
    with serving(silent) as server:
        ended = run(script, server.url)
    assert ended.stdout == "child False\nparent False\n", ended.stderr
    assert ended.returncode == 0


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_client_works_in_a_process_of_multiprocessing(method: str, tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(
        textwrap.dedent("""
        import multiprocessing, sys, warnings
        warnings.simplefilter("ignore")
        from autoplay_sdk import ConnectorClient

        def child(url, queue):
            client = ConnectorClient(url)
            thread = client.run_in_background()
            queue.put(client.wait_until_connected(20))
            client.stop()
            thread.join(20)

        if __name__ == "__main__":
            running = ConnectorClient(sys.argv[1])
            running.run_in_background()
            assert running.wait_until_connected(20)
            context = multiprocessing.get_context(sys.argv[2])
            queue = context.Queue()
            process = context.Process(target=child, args=(sys.argv[1], queue))
            process.start()
            print(queue.get(timeout=60), flush=True)
            process.join(20)
            print(process.exitcode, flush=True)
        """)
    )
    with serving(silent) as server:
        command = [sys.executable, str(script), server.url, method]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.stdout == "True\n0\n", ended.stderr
    assert ended.returncode == 0


def test_a_forked_process_leaves_the_runs_of_its_parent_alone_at_its_end() -> None:
    script = """
        import os, sys, warnings
        warnings.simplefilter("ignore")
        from autoplay_sdk import ConnectorClient, _leaving

        client = ConnectorClient(sys.argv[1])
        thread = client.run_in_background()
        assert client.wait_until_connected(20)
        if os.fork() == 0:
            print("child", len(_leaving.runs), flush=True)
            sys.exit(0)
        os.wait()
        print("parent", len(_leaving.runs), client.stats().connected, flush=True)
        client.stop()
        thread.join(20)
    """
    with serving(silent) as server:
        ended = run(script, server.url)
    assert ended.stdout == "child 0\nparent 1 True\n", ended.stderr
