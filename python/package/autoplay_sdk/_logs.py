"""What a client says to ``logging``, which is imported when there is something to say."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Log"]

DEBUG, INFO, WARNING, ERROR = 10, 20, 30, 40


class Log:
    """The logger of one client. Nothing that a handler or a filter does can harm the thread that logs."""

    def __init__(self, name: str, url: str) -> None:
        self._name = name
        self._url = url

    def __call__(self, level: int, message: str, *args: object, exc_info: Any = None, **extra: object) -> None:
        """Log a message with what it is about as extras."""
        import logging

        try:
            logger = logging.getLogger(self._name)
            if logger.isEnabledFor(level):
                extra = {"url": self._url, **extra}
                logger.log(level, f"autoplay_sdk: {message}", *args, exc_info=exc_info, extra=extra)
        except Exception:  # noqa: BLE001, S110
            # A filter may raise: that is its own affair, like an error in a handler.
            pass

    def record(self, level: int, message: str, fields: dict[str, object]) -> None:
        """Log what the compiled half has to say. What it counts and measures is shown, what it is about is an extra."""
        shown = [(name, value) for name, value in fields.items() if name != "url" and value not in (0, False)]
        details = " ".join(f"{name}=%s" for name, _ in shown)
        message = message.replace("%", "%%") + (f" ({details})" if details else "")
        self(level, message, *(value for _, value in shown), **fields)


def about(event: Any) -> dict[str, object]:
    """What may be said of an event: never what is in it."""
    known = {
        "event_type": _TYPES.get(type(event).__name__) or getattr(event, "event", None),
        "session_id": getattr(event, "session_id", None),
        "product_id": getattr(event, "product_id", None),
    }
    return {name: value for name, value in known.items() if value is not None}


_TYPES = {"ActionsPayload": "actions", "SummaryPayload": "summary", "Gap": "gap"}
