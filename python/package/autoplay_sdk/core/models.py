"""The payloads: what a callback gets.

They are dataclasses. One that a client delivers costs next to nothing until it is looked at; see
:mod:`autoplay_sdk.core.arriving`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from autoplay_sdk import _native
from autoplay_sdk.core.arriving import Arriving, arriving, of_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self
else:
    # Importing typing would cost every program a few milliseconds, for names in annotations.
    Any = Self = object

__all__ = ["ActionsPayload", "AnyPayload", "SlimAction", "SummaryPayload"]


@arriving
@dataclass
class SlimAction(Arriving):
    """One thing that a user did.

    ``to_text()`` is one line: ``[<index>] <type>: <description> — <canonical_url>``.

    Attributes:
        title: A short name, such as ``Click Export CSV button``.
        description: A sentence, such as ``User clicked Export CSV button on the billing page``.
        canonical_url: The URL without query and fragment, its path's ids as ``:id``.
        index: The action's place in its session, from 0.
        type: ``pageview``, ``click``, ``submit`` and so on.
        timestamp_start: When it began, in Unix seconds.
        timestamp_end: When it ended, in Unix seconds.
        raw_url: The URL as the browser had it.
        session_id: The session, if it is known.
        user_id: The user, if one is known.
        email: The user's e-mail address, if it is known.
        conversation_id: The conversation that the session is linked to, if any.
        extra: Fields that this version does not know.
    """

    title: str
    description: str
    canonical_url: str
    index: int = 0
    type: str = ""
    timestamp_start: float = 0.0
    timestamp_end: float = 0.0
    raw_url: str = ""
    session_id: str | None = None
    user_id: str | None = None
    email: str | None = None
    conversation_id: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make an action of what ``json.loads`` gives.

        A field that is missing, null or of another type takes its default; unknown ones are kept in ``extra``.
        """
        fields = _native.read_action(data)
        return of_fields(cls, fields) if cls is SlimAction else cls(**fields)

    def to_dict(self) -> dict[str, Any]:
        """Return the action as ``from_dict`` takes it and JSON can hold it; ``extra`` is spread into it."""
        return _with_extra(
            {
                "index": self.index,
                "type": self.type,
                "title": self.title,
                "description": self.description,
                "timestamp_start": self.timestamp_start,
                "timestamp_end": self.timestamp_end,
                "raw_url": self.raw_url,
                "canonical_url": self.canonical_url,
                "session_id": self.session_id,
                "user_id": self.user_id,
                "email": self.email,
                "conversation_id": self.conversation_id,
            },
            self.extra,
        )

    def _text_of_fields(self) -> str:
        return f"[{self.index}] {self.type}: {self.description} — {self.canonical_url}"


@arriving
@dataclass
class ActionsPayload(Arriving):
    """A batch: what one user did in one session, in order.

    ``to_text()`` is a line ``Session <session_id or unknown> — <N> actions``, then a line for each action.

    Attributes:
        product_id: The product that the session belongs to.
        session_id: The session, if it is known.
        user_id: The user, if one is known.
        email: The user's e-mail address, if it is known.
        actions: The actions in order.
        count: How many actions there are; corrected, with a warning, where it is not.
        forwarded_at: When the connector sent the batch on its way, in Unix seconds.
        conversation_id: The conversation that the session is linked to, if any.
        extra: Fields that this version does not know.
    """

    product_id: str
    session_id: str | None
    user_id: str | None
    email: str | None
    actions: list[SlimAction]
    count: int
    forwarded_at: float
    conversation_id: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        there = len(self.actions)
        if self.count != there:
            _warn("a batch said count=%s and has %s actions: corrected", self, self.count, there)
            self.count = there

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make a batch of what ``json.loads`` gives.

        A field that is missing, null or of another type takes its default; unknown ones are kept in ``extra``. An
        element of ``actions`` that is no object is left out, with a warning.

        Raises:
            ValueError: ``actions`` is no list.
        """
        fields, left_out = _native.read_actions(data)
        if cls is ActionsPayload:
            batch = of_fields(cls, fields)
            batch.__post_init__()
        else:
            batch = cls(**fields)
        if left_out:
            _warn("a batch had %s actions that were no objects: left out", batch, left_out)
        return batch

    @classmethod
    def merge(cls, payloads: Iterable[ActionsPayload]) -> Self:
        """Make one batch of several of one session; they stay as they are.

        Their actions come one after another, numbered from 0. The product is the first one's; of each identity, and of
        each field in ``extra``, the first one that is known is taken; ``forwarded_at`` is the latest.

        Raises:
            ValueError: there is no batch to merge.
        """
        batches = list(payloads)
        if not batches:
            raise ValueError("payloads: there is no batch to merge; give at least one")
        actions = [action for batch in batches for action in batch.actions]
        extra: dict[str, Any] = {}
        for batch in batches:
            extra = {**batch.extra, **extra}
        return cls(
            product_id=batches[0].product_id,
            session_id=_first_known(batch.session_id for batch in batches),
            user_id=_first_known(batch.user_id for batch in batches),
            email=_first_known(batch.email for batch in batches),
            actions=[replace(action, index=index) for index, action in enumerate(actions)],
            count=len(actions),
            forwarded_at=max(batch.forwarded_at for batch in batches),
            conversation_id=_first_known(batch.conversation_id for batch in batches),
            extra=extra,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the batch as ``from_dict`` takes it and JSON can hold it; ``extra`` is spread into it."""
        return _with_extra(
            {
                "type": "actions",
                "product_id": self.product_id,
                "session_id": self.session_id,
                "user_id": self.user_id,
                "email": self.email,
                "conversation_id": self.conversation_id,
                "count": self.count,
                "forwarded_at": self.forwarded_at,
                "actions": [action.to_dict() for action in self.actions],
            },
            self.extra,
        )

    def _text_of_fields(self) -> str:
        head = f"Session {self.session_id or 'unknown'} — {len(self.actions)} actions"
        return "\n".join([head, *(action.to_text() for action in self.actions)])


@arriving
@dataclass
class SummaryPayload(Arriving):
    """What a user did in a session, in a few sentences that stand for the actions they sum up.

    ``to_text()`` is the summary itself.

    Attributes:
        product_id: The product that the session belongs to.
        session_id: The session, if it is known.
        summary: The sentences.
        replaces: How many actions they sum up.
        forwarded_at: When the connector sent the summary on its way, in Unix seconds.
        extra: Fields that this version does not know.
    """

    product_id: str
    session_id: str | None
    summary: str
    replaces: int
    forwarded_at: float
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make a summary of what ``json.loads`` gives.

        A field that is missing, null or of another type takes its default; unknown ones are kept in ``extra``.
        """
        fields = _native.read_summary(data)
        return of_fields(cls, fields) if cls is SummaryPayload else cls(**fields)

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as ``from_dict`` takes it and JSON can hold it; ``extra`` is spread into it."""
        return _with_extra(
            {
                "type": "summary",
                "product_id": self.product_id,
                "session_id": self.session_id,
                "summary": self.summary,
                "replaces": self.replaces,
                "forwarded_at": self.forwarded_at,
            },
            self.extra,
        )

    def _text_of_fields(self) -> str:
        return self.summary


AnyPayload = ActionsPayload | SummaryPayload


def _with_extra(document: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    """Fields that are known win over members of ``extra`` that have their names."""
    for name, value in extra.items():
        document.setdefault(name, value)
    return document


def _first_known(identities: Iterable[str | None]) -> str | None:
    return next((identity for identity in identities if identity), None)


def _warn(message: str, batch: ActionsPayload, *details: object) -> None:
    import logging  # rarely needed, and a third of what importing the package would cost

    extra = {"event_type": "actions", "session_id": batch.session_id, "product_id": batch.product_id}
    logging.getLogger(__name__).warning(message, *details, extra=extra)
