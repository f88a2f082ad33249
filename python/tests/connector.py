"""A real connector (`autoplay serve`), and the requests that real browsers have sent to one."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BINARY = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "autoplay"
ADMIN_KEY = "ak_test"


class Connector:
    """A connector with one product, which knows the keys of all recorded requests."""

    def __init__(self, address: str) -> None:
        self.address = address
        keys = [
            "phc_taskboat_demo_cloud",
            "phc_taskboat_demo_old",
            "phc_taskboat_demo_base64",
            "phc_taskboat_demo_plain",
        ]
        product = {"product_id": "taskboat", "contact_email": "owner@taskboat.test", "project_keys": keys}
        answer = json.loads(self.send("POST", "/products", json.dumps(product).encode(), {"X-Admin-Key": ADMIN_KEY}))
        self.url: str = answer["stream_url"]
        self.token: str = answer["unkey_key"]

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
        request = urllib.request.Request(self.address + path, body or None, headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            data: bytes = answer.read()
            return data

    def replay(self) -> None:
        """Send what the browsers sent, without the pauses that they made."""
        for request in recorded():
            self.send(request["method"], request["target"], request["body"], request["headers"])


def recorded() -> Iterator[dict[str, Any]]:
    for line in (ROOT / "data/posthog-capture/requests.jsonl").read_text(encoding="utf-8").splitlines():
        request = json.loads(line)
        query = f"?{request['query']}" if request["query"] else ""
        headers = {name: value for name, value in request["headers"].items() if name not in {"host", "content-length"}}
        yield {
            "method": request["method"],
            "target": request["path"] + query,
            "headers": headers,
            "body": base64.b64decode(request["body_base64"]),
        }


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Connector]:
    """Run a connector whose log is in a folder."""
    if not BINARY.exists():
        pytest.fail(f"{BINARY} is not there: run `cargo build --package autoplay-cli`")
    command = [str(BINARY), "serve", "--listen", "127.0.0.1:0", "--data", str(folder)]
    environment = {**os.environ, "AUTOPLAY_ADMIN_KEY": ADMIN_KEY, "RUST_LOG": "warn"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True)
    try:
        yield Connector(_address(process))
    finally:
        process.kill()
        process.communicate()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    start = "autoplay: listening on "
    for line in process.stdout:
        if line.startswith(start):
            # What it says later must not fill the pipe.
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return line.removeprefix(start).split()[0]
    pytest.fail("the connector has ended before it listened")
