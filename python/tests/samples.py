"""Events as connectors write them, for all tests."""

from __future__ import annotations

import json
from typing import Any

from autoplay_sdk import _native

ACTION: dict[str, Any] = {
    "index": 0,
    "type": "click",
    "title": "Click Export CSV button",
    "description": "User clicked Export CSV button on the billing page",
    "timestamp_start": 1767225600.5,
    "timestamp_end": 1767225600.75,
    "raw_url": "https://taskboat.test/billing?tab=invoices",
    "canonical_url": "https://taskboat.test/billing",
    "session_id": "s1",
    "user_id": "u1",
    "email": "ada@taskboat.test",
    "conversation_id": None,
}

DOCUMENTS: dict[str, dict[str, Any]] = {
    "ActionsPayload": {
        "type": "actions",
        "product_id": "taskboat",
        "session_id": "s1",
        "user_id": "u1",
        "email": "ada@taskboat.test",
        "conversation_id": None,
        "count": 2,
        "forwarded_at": 1767225601.25,
        "actions": [ACTION, {**ACTION, "index": 1, "type": "submit", "shift": True}],
        "plan": {"name": "pro", "seats": [1, 2.5, None, True]},
    },
    "SummaryPayload": {
        "type": "summary",
        "product_id": "taskboat",
        "session_id": "s1",
        "summary": "Exported the invoices.",
        "replaces": 20,
        "forwarded_at": 1767225601.25,
        "model": "small",
    },
}


def arrived(name: str) -> Any:
    """Return a payload (or the first action of one) of which nothing has been read."""
    if name == "SlimAction":
        return arrived("ActionsPayload").actions[0]
    return _native.read_payload(json.dumps(DOCUMENTS[name]))
