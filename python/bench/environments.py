"""The two environments: one with the SDK that users have today, one with this wheel."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "target" / "bench-python"

TODAY = "autoplay-sdk 0.13.0"
OURS = "autoplay-sdk-rs"


def make() -> dict[str, Path]:
    """Return the interpreter of each."""
    return {
        TODAY: environment("today", ["autoplay-sdk==0.13.0"]),
        OURS: environment("ours", ["--force-reinstall", str(wheel())]),
    }


def wheel() -> Path:
    """The wheel of this version, which `make wheel` has built last."""
    wheels = sorted((ROOT / "dist").glob("autoplay_sdk_rs-*.whl"), key=lambda path: path.stat().st_mtime)
    if not wheels:
        raise FileNotFoundError("there is no wheel in dist/: `make wheel` builds it")
    return wheels[-1]


def environment(name: str, requirements: list[str]) -> Path:
    folder = FOLDER / name
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements]
    for attempt in range(1, 6):
        if subprocess.run(install, check=False).returncode == 0:
            return python
        time.sleep(3 * attempt)
    raise OSError(f"{' '.join(requirements)} could not be installed")
