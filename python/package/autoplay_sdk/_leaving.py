"""What becomes of running clients when the interpreter ends.

It ends daemon threads wherever they next ask for its lock. Where that is in the midst of a callback's native code (a
model, a database driver), the unwinding of that thread takes the process down. So runs are ended first, and callbacks
in hand get a moment to return.
"""

from __future__ import annotations

import atexit
import os
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from autoplay_sdk import _native

__all__ = ["runs", "work"]

_PATIENCE_S = 2.0

runs: set[_native.Run] = set()
_at_work: set[threading.Thread] = set()
_of_parent: list[_native.Run] = []


def work(target: Callable[[], None]) -> None:
    """Run callbacks on this thread, which the end of the interpreter waits for."""
    thread = threading.current_thread()
    _at_work.add(thread)
    try:
        target()
    finally:
        _at_work.discard(thread)


@atexit.register
def _leave() -> None:
    for run in list(runs):
        run.cut()
    deadline = time.monotonic() + _PATIENCE_S
    for thread in list(_at_work):
        thread.join(max(0.0, deadline - time.monotonic()))


def _forget() -> None:
    """Leave the runs of the process that this one was forked from alone: their locks may be held for ever."""
    # Kept, for to drop them could wait for those locks, too.
    _of_parent.extend(runs)
    runs.clear()
    _at_work.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
