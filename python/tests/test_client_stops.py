"""How a run ends: a stop, an error, Ctrl-C, a signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from autoplay_sdk import ActionsPayload, ConnectorClient, SdkConfigError, SdkError, SdkStatusError, SdkUpstreamError
from streams import Connection, eventually, index, sends, serving, silent

HERE = Path(__file__).parent


def test_run_returns_after_a_stop_from_a_callback_and_delivers_what_is_queued() -> None:
    seen: list[int] = []
    with serving(sends(50)) as server:
        client = ConnectorClient(server.url)

        def callback(payload: ActionsPayload) -> None:
            if index(payload) == 0:
                eventually(lambda: client.stats().received == 50)
                client.stop()
            seen.append(index(payload))

        client.on_actions(callback).run()
    assert seen == list(range(50))
    assert not client.stats().connected


def test_a_stop_waits_no_longer_than_drain_timeout() -> None:
    stuck, held = threading.Event(), threading.Event()

    def callback(_: ActionsPayload) -> None:
        stuck.set()
        held.wait(30)

    with serving(sends(5)) as server:
        client = ConnectorClient(server.url, drain_timeout=0.2).on_actions(callback)
        thread = client.run_in_background()
        assert stuck.wait(20)
        start = time.monotonic()
        client.stop()
        thread.join(20)
        assert 0.15 < time.monotonic() - start < 5
        assert client.stats().left == 4
        held.set()


def test_a_client_can_be_run_again_and_goes_on_where_it_ended() -> None:
    with serving(sends(1)) as server:
        client = ConnectorClient(server.url)
        client.on_actions(lambda _: client.stop())
        client.run()
        client.run()
    assert "last-event-id: 0" in server.requests[1].lower()


def test_a_second_run_at_the_same_time_is_an_error() -> None:
    with serving(silent) as server, ConnectorClient(server.url) as client:
        thread = client.run_in_background()
        for again in (client.run, client.run_in_background):
            with pytest.raises(SdkError, match="running already"):
                again()
        client.stop()
        thread.join(10)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_final_status_raises_at_once(status: int) -> None:
    with serving(lambda connection: connection.answer(status)) as server:
        with pytest.raises(SdkStatusError) as caught:
            ConnectorClient(server.url).run()
        assert (caught.value.status_code, caught.value.url) == (status, server.url)
        assert isinstance(caught.value, SdkUpstreamError)
        assert len(server.requests) == 1


def test_max_retries_counts_the_requests_after_the_first() -> None:
    with serving(lambda connection: connection.answer(500)) as server:
        with pytest.raises(SdkUpstreamError, match="max_retries"):
            ConnectorClient(server.url, max_retries=2, initial_backoff_s=0.01).run()
        assert len(server.requests) == 3


def test_204_ends_the_run_quietly() -> None:
    with serving(lambda connection: connection.answer(204)) as server:
        ConnectorClient(server.url).run()


def test_an_error_of_a_background_run_is_raised_in_its_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", seen.append)
    with serving(lambda connection: connection.answer(403)) as server:
        thread = ConnectorClient(server.url).run_in_background()
        thread.join(20)
    (caught,) = seen
    assert isinstance(caught.exc_value, SdkStatusError)
    assert caught.thread is thread


def test_wait_until_connected_tells_and_gives_up() -> None:
    go_on = threading.Event()

    def script(connection: Connection) -> None:
        go_on.wait(20)
        silent(connection)

    with serving(script) as server, ConnectorClient(server.url) as client:
        assert not client.wait_until_connected(0)
        thread = client.run_in_background()
        assert not client.wait_until_connected(0.1)
        go_on.set()
        assert client.wait_until_connected(20)
        client.stop()
        thread.join(10)
        start = time.monotonic()
        assert not client.wait_until_connected(60)
        assert time.monotonic() - start < 20, "the run is over: nobody is about to connect"


def test_the_checkpoint_of_another_url_is_refused_at_the_start(tmp_path: Path) -> None:
    place = tmp_path / "place"
    with serving(sends(1)) as server:
        client = ConnectorClient(server.url, checkpoint=place)
        client.on_actions(lambda _: client.stop()).run()
        with pytest.raises(SdkConfigError, match="checkpoint"):
            ConnectorClient(server.url + "/other", checkpoint=place).run()
        with pytest.raises(SdkConfigError, match="checkpoint"):
            ConnectorClient(server.url + "/other", checkpoint=str(place)).run_in_background()


def test_a_checkpoint_makes_the_place_last_over_restarts(tmp_path: Path) -> None:
    with serving(sends(3)) as server:
        for _ in range(2):
            client = ConnectorClient(server.url, checkpoint=tmp_path / "place")
            client.on_actions(lambda payload, client=client: client.stop() if index(payload) == 2 else None).run()  # type: ignore[misc]
    assert "last-event-id: 2" in server.requests[1].lower()


def interrupted(script: str, after: str = "ready", number: int = signal.SIGINT) -> tuple[str, float, int]:
    """Run a script, send it a signal when it says so, and return what it said, how long that took, and its status."""
    source = textwrap.dedent(script)
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    with subprocess.Popen(
        [sys.executable, "-c", source], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if line.strip() == after:
                break
        process.send_signal(number)
        start = time.monotonic()
        said += process.stdout.read()
        return said, time.monotonic() - start, process.wait(20)


RUNS = """
    import signal, sys, threading, time
    from streams import sends, serving, eventually
    from autoplay_sdk import ConnectorClient

    def callback(payload):
        print("ready", flush=True)
        time.sleep(600)

    with serving(sends(5)) as server:
        client = ConnectorClient(server.url).on_actions(callback)
"""


def test_ctrl_c_ends_run_at_once_without_draining() -> None:
    said, took, status = interrupted(
        RUNS
        + """
        start = None
        def note(*_):
            global start
            start = time.monotonic()
            raise KeyboardInterrupt
        signal.signal(signal.SIGINT, note)
        try:
            client.run()
        except KeyboardInterrupt:
            print(f"{time.monotonic() - start:.3f}", client.stats().left, repr(client).split()[1], flush=True)
    """
    )
    assert status == 0
    seconds, left, running = said.split("\n")[1].split()
    assert float(seconds) < 2, "100 ms, on a quiet machine"
    assert (left, running) == ("4", "running=False,")
    assert took < 15


def test_the_default_handler_of_ctrl_c_ends_the_program() -> None:
    _, took, status = interrupted(RUNS + "\n        client.run()\n")
    assert status in (-signal.SIGINT, 130)
    assert took < 15


def test_handlers_of_other_signals_run_while_run_waits_and_may_stop_the_client() -> None:
    said, _, status = interrupted(
        """
        import signal
        from streams import silent, serving
        from autoplay_sdk import ConnectorClient

        with serving(silent) as server:
            client = ConnectorClient(server.url, on_connect=lambda: print("ready", flush=True))
            signal.signal(signal.SIGTERM, lambda *_: client.stop())
            client.run()
            print("returned", flush=True)
        """,
        number=signal.SIGTERM,
    )
    assert (said, status) == ("ready\nreturned\n", 0)
