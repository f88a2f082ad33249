"""The client where users run and test it: gunicorn, multiprocessing, unittest.mock, notebooks, structlog."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import multiprocessing
import os
import pickle
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import structlog
from autoplay_sdk import ActionsPayload, AsyncConnectorClient, ConnectorClient
from samples import arrived
from streams import eventually, index, sends, serving, silent

APPLICATION = """
import os
from autoplay_sdk import ConnectorClient, SdkError

got = []

def start():
    client = ConnectorClient(os.environ["STREAM"]).on_actions(lambda batch: got.append(batch.actions[0].index))
    client.run_in_background()
    return client

{at_import}

def application(environ, respond):
    respond("200 OK", [("Content-Type", "text/plain")])
    return [f"{{os.getpid()}} {{sorted(set(got))}} {{told}}".encode()]
"""

IN_EACH_WORKER = """
told = ""
os.register_at_fork(after_in_child=start)
"""

AT_IMPORT = """
told = "nothing"
client = start()
def look():
    global told
    try:
        client.run_in_background()
    except SdkError as error:
        told = str(error)
os.register_at_fork(after_in_child=look)
"""


@contextlib.contextmanager
def gunicorn(folder: Path, at_import: str, stream: str) -> Iterator[str]:
    """Run an application, imported before its two workers are forked."""
    (folder / "app.py").write_text(APPLICATION.format(at_import=at_import), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", "2", "--bind", address, "app:application"]
    environment = {**os.environ, "STREAM": stream}
    process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE)
    try:
        yield f"http://{address}/"
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    finally:
        process.kill()
        process.communicate()


def answers(url: str, expected: str, workers: int = 2) -> bool:
    """Ask until so many workers have answered as expected."""
    seen: set[str] = set()
    deadline = time.monotonic() + 30
    while len(seen) < workers and time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:
            worker, _, said = answer.read().decode().partition(" ")
            if expected in said:
                seen.add(worker)
        time.sleep(0.01)
    return len(seen) == workers


def test_gunicorn_workers_have_clients_of_their_own(tmp_path: Path) -> None:
    with serving(sends(2)) as server, gunicorn(tmp_path, IN_EACH_WORKER, server.url) as url:
        assert answers(url, "[0, 1]")


def test_a_client_made_before_gunicorn_forks_says_so_in_the_workers(tmp_path: Path) -> None:
    with serving(silent) as server, gunicorn(tmp_path, AT_IMPORT, server.url) as url:
        assert answers(url, "fork")


def total(batch: ActionsPayload) -> tuple[int, str, ActionsPayload]:
    return batch.count, batch.to_text(), batch


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_payloads_go_to_processes_and_come_back(method: str) -> None:
    batch = arrived("ActionsPayload")
    with multiprocessing.get_context(method).Pool(1) as pool:
        count, text, back = pool.apply_async(total, (batch,)).get(60)
    assert (count, text, back) == (2, batch.to_text(), batch)
    assert pickle.loads(pickle.dumps(back)) == batch


def test_methods_can_be_patched_on_the_class_and_on_an_object() -> None:
    client = ConnectorClient("http://127.0.0.1:1/stream/p")
    with mock.patch.object(ConnectorClient, "run") as run:
        client.run_in_background().join()
        client.run()
    assert run.call_count == 2
    with mock.patch.object(client, "stop") as stop, client:
        pass
    stop.assert_called_once_with()
    with mock.patch.object(ConnectorClient, "dropped_count", 7):
        assert client.dropped_count == 7
    fake = mock.create_autospec(ConnectorClient, instance=True)
    fake.on_actions(print).run_in_background()
    with pytest.raises(TypeError):
        fake.on_actions()


def test_a_mock_serves_as_a_callback() -> None:
    with serving(sends(3)) as server:
        callback = mock.Mock()
        with ConnectorClient(server.url).on_actions(callback) as client:
            thread = client.run_in_background()
            eventually(lambda: callback.call_count == 3)
        thread.join()
    assert [index(call.args[0]) for call in callback.call_args_list] == [0, 1, 2]


def test_an_async_mock_serves_as_a_callback() -> None:
    async def main() -> None:
        with serving(sends(3)) as server:
            callback = mock.AsyncMock()
            async with AsyncConnectorClient(server.url).on_actions(callback) as client:
                task = client.run_in_background()
                while callback.await_count < 3:
                    await asyncio.sleep(0.01)
            await task

    asyncio.run(asyncio.wait_for(main(), 30))


def test_the_blocking_client_runs_where_a_loop_is_running_as_in_a_notebook() -> None:
    got: list[int] = []

    async def callback(batch: ActionsPayload) -> None:
        await asyncio.sleep(0)
        got.append(index(batch))

    async def cell(url: str) -> None:
        client = ConnectorClient(url).on_actions(callback)
        thread = client.run_in_background()
        while len(got) < 2:
            await asyncio.sleep(0.01)
        client.stop()
        thread.join()

    with serving(sends(2)) as server:
        asyncio.run(asyncio.wait_for(cell(server.url), 30))
    assert got == [0, 1]


def test_structlog_shows_the_extras(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("autoplay_sdk")
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), structlog.stdlib.add_log_level],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logger.addHandler(handler)

    def callback(batch: ActionsPayload) -> None:
        raise ValueError("no")

    try:
        with serving(sends(1, email="ada@taskboat.test")) as server:
            with ConnectorClient(server.url).on_actions(callback) as client:
                thread = client.run_in_background()
                eventually(lambda: client.stats().callback_errors == 1)
            thread.join()
    finally:
        logger.removeHandler(handler)
    lines: list[dict[str, Any]] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    failed = next(line for line in lines if line["level"] == "error")
    assert failed["session_id"] == "s"
    assert failed["url"] == server.url
    assert "ada@" not in json.dumps(lines)


def test_the_reloader_of_a_server_starts_the_program_anew(tmp_path: Path) -> None:
    """Uvicorn's and Django's reloaders spawn the program from a parent that has imported it."""
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent(
            """
            import multiprocessing, sys
            from autoplay_sdk import ConnectorClient

            def serve(url, queue):
                client = ConnectorClient(url)
                client.on_actions(lambda batch: (queue.put(batch), client.stop()))
                client.run()

            if __name__ == "__main__":
                context = multiprocessing.get_context("spawn")
                for _ in range(2):
                    queue = context.Queue()
                    process = context.Process(target=serve, args=(sys.argv[1], queue))
                    process.start()
                    print(queue.get(timeout=30).actions[0].index, flush=True)
                    process.join(30)
                    assert process.exitcode == 0
            """
        ),
        encoding="utf-8",
    )
    with serving(sends(1)) as server:
        run = subprocess.run(
            [sys.executable, program, server.url], capture_output=True, text=True, timeout=100, check=False
        )
    assert (run.stdout, run.returncode) == ("0\n0\n", 0), run.stderr


def test_an_event_made_by_hand_serves_in_tests_of_callbacks() -> None:
    batch = ActionsPayload.from_dict({"product_id": "p", "actions": [{"title": "Click"}]})
    callback = mock.Mock()
    callback(batch)
    callback.assert_called_once_with(ActionsPayload.from_dict(batch.to_dict()))
