"""Shows what users do, as they do it, until Ctrl-C or SIGTERM.

    export AUTOPLAY_STREAM_URL=http://127.0.0.1:8080/stream/shop AUTOPLAY_APP_UNKEY_TOKEN=uk_live_…
    python watch.py

``?since=earliest`` at the end of the URL begins with all that the connector remembers.
"""

import contextlib
import logging
import signal

from autoplay_sdk import ActionsPayload, ConnectorClient, SummaryPayload


def on_actions(batch: ActionsPayload) -> None:
    who = batch.email or batch.user_id or "somebody"
    for action in batch.actions:
        print(f"{who}: {action.description} ({action.canonical_url})", flush=True)


def on_summary(summary: SummaryPayload) -> None:
    print(f"session {summary.session_id}, {summary.replaces} actions: {summary.to_text()}", flush=True)


def main() -> None:
    # The client says there when it connects, what it has lost, and what has gone wrong in a callback.
    logging.basicConfig(level=logging.INFO)
    client = ConnectorClient.from_env().on_actions(on_actions).on_summary(on_summary)
    client.on_drop(lambda _, total: print(f"too slow: {total} events dropped so far", flush=True))
    # What is queued is still shown.
    signal.signal(signal.SIGTERM, lambda *_: client.stop())
    with contextlib.suppress(KeyboardInterrupt):
        client.run()
    print(f"{client.stats().delivered} events shown")


if __name__ == "__main__":
    main()
