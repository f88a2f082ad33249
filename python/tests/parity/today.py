"""Runs in the environment of today's SDK: reads an event's JSON per line, answers with what that SDK makes of it."""

from __future__ import annotations

import dataclasses
import json
import logging
import sys

from autoplay_sdk.core import models


def answer(line: str) -> object:
    data = json.loads(line)
    if isinstance(data, list):
        payload = models.ActionsPayload.merge([models.ActionsPayload.from_dict(one) for one in data])
    else:
        classes = {"actions": models.ActionsPayload, "summary": models.SummaryPayload}
        payload = classes[data["type"]].from_dict(data)  # type: ignore[attr-defined]
    return {
        "fields": list(dataclasses.asdict(payload).items()),
        "text": payload.to_text(),
        "repr": repr(payload),
        "match_args": [field.name for field in dataclasses.fields(payload)],
    }


logging.disable()
for line in sys.stdin:
    print(json.dumps(answer(line)), flush=True)
