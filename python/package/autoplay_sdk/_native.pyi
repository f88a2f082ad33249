"""The compiled half of ``autoplay_sdk``. What is public is in the package itself."""

from typing import Any, ClassVar, final, overload

from typing_extensions import Self, disjoint_base

__all__ = [
    "Arrived",
    "Field",
    "Gap",
    "RawEvent",
    "__version__",
    "read_action",
    "read_actions",
    "read_json",
    "read_payload",
    "read_summary",
]

__version__: str

@disjoint_base
class Arrived:
    """What the classes of payloads have in common: an object of theirs that arrived has no fields until one is read."""

    def __new__(cls, *_arguments: Any, **_named: Any) -> Self: ...
    def to_text(self) -> str:
        """Returns the text to embed or to show: see the class for its form."""

    def _fields(self) -> dict[str, Any]:
        """The dictionary that the fields are in, made if they are not yet."""

    def _forget(self) -> None:
        """Gives up the fields that were not read: the object gets others."""

@final
class Field:
    """A field of a payload's class: found where the object has no such attribute itself."""

    def __new__(cls, name: str, /, *default: Any) -> Self: ...
    @overload
    def __get__(self, instance: Arrived, owner: type | None = None, /) -> Any: ...
    @overload
    def __get__(self, instance: None, owner: type, /) -> Any: ...

@final
class RawEvent:
    """An event as it came.

    Its ``repr`` leaves the data out, which is somebody's private data.
    """

    __match_args__: ClassVar[tuple[str, str, str]]
    def __new__(cls, event: str, data: str, id: str = "") -> Self: ...
    @property
    def event(self) -> str:
        """The type of the event: its `event` field, `"message"` if it had none."""

    @property
    def data(self) -> str:
        """The data, nearly always JSON."""

    @property
    def id(self) -> str:
        """The id of the event, or the last one before it; empty if there was none."""

    def __getnewargs__(self) -> tuple[str, str, str]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Gap:
    """The connector's word that the stream could not be continued where it was left."""

    __match_args__: ClassVar[tuple[str, str, str]]
    def __new__(cls, reason: str, requested_id: str | None = None, oldest_id: str | None = None) -> Self: ...
    @property
    def reason(self) -> str:
        """Why: `"retention"`, `"epoch"` or `"unknown_id"`."""

    @property
    def requested_id(self) -> str | None:
        """The id after which the client asked to go on; `None` if it is not known."""

    @property
    def oldest_id(self) -> str | None:
        """The oldest id that there still is; `None` if it is not known."""

    def __getnewargs__(self) -> tuple[str, str | None, str | None]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

def read_action(data: Any) -> dict[str, Any]:
    """The fields of a `SlimAction` that `data` says."""

def read_actions(data: Any) -> tuple[dict[str, Any], int]:
    """The fields of an `ActionsPayload` that `data` says, and how many elements of `actions` were no objects."""

def read_summary(data: Any) -> dict[str, Any]:
    """The fields of a `SummaryPayload` that `data` says."""

def read_json(text: str) -> Any:
    """Reads JSON as leniently as the data of events is read, and returns what it says."""

def read_payload(data: str | bytes, event: str = "message") -> Any:
    """Reads the data of an event and returns what a callback would get."""
