"""The README's way to install the package from its wheel, and the program that it shows."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from connector import ROOT, serving

README = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Use it from Python")[2]


def block(language: str) -> str:
    return README.partition(f"```{language}\n")[2].partition("```")[0]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install as the README says, and return the interpreter."""
    make, *commands = block("sh").splitlines()
    assert make == "make wheel"
    folder = tmp_path_factory.mktemp("readme")
    (folder / "dist").symlink_to(ROOT / "dist")
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    subprocess.run(["bash", "-euc", "\n".join(commands)], cwd=folder, env=environment, check=True)
    return folder / "venv/bin/python"


@pytest.mark.timeout(300)
def test_the_program_prints_what_users_do(python: Path, tmp_path: Path) -> None:
    with serving(tmp_path / "log") as connector:
        program = block("python").replace("http://127.0.0.1:8080/stream/shop", f"{connector.url}?since=earliest")
        program = program.replace("uk_live_…", connector.token)
        (tmp_path / "program.py").write_text(program, encoding="utf-8")
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        command = [str(python), "-I", str(tmp_path / "program.py")]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        try:
            connector.replay()
            assert process.stdout
            assert any("User clicked Log in button on the login page" in line for line in process.stdout)
        finally:
            process.kill()
            process.communicate()


def test_the_wheel_is_whole_and_needs_nothing_else(python: Path) -> None:
    code = """if True:
        import importlib.metadata as metadata, autoplay_sdk
        from pathlib import Path
        package = metadata.distribution("autoplay-sdk-rs")
        assert package.version == autoplay_sdk.__version__, package.version
        assert not package.requires, package.requires
        files = {str(file) for file in package.files}
        for name in ("py.typed", "_native.pyi", "client.py", "core/models.py"):
            assert f"autoplay_sdk/{name}" in files, name
        assert all(file.startswith(("autoplay_sdk/", "autoplay_sdk_rs-")) for file in files), files
        assert "site-packages" in autoplay_sdk.__file__
    """
    subprocess.run([python, "-I", "-c", code], check=True)
