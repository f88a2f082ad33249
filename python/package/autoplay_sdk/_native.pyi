"""The compiled half of ``autoplay_sdk``. What is public is in the package itself."""

from typing import Any, ClassVar, final, overload

from typing_extensions import Self, disjoint_base

from autoplay_sdk.core.models import ActionsPayload, SummaryPayload

__all__ = [
    "Arrived",
    "Changes",
    "Client",
    "Drops",
    "Field",
    "Gap",
    "Held",
    "RawEvent",
    "Run",
    "Sessions",
    "SessionsClient",
    "Stats",
    "Worker",
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

@final
class Client:
    """The client without its callbacks, which are Python's."""

    def __new__(cls, url: str, token: str | None, /, **named: Any) -> Self: ...
    def expect(self, kind: int) -> None:
        """From now on, what there is a callback for is delivered."""

    def expect_drops(self) -> None:
        """The same for dropped events."""

    def expect_changes(self, connect: bool, disconnect: bool) -> None:
        """The same for the stream's opening and loss."""

    def begin(self) -> Run:
        """Begins a run."""

    def stop(self) -> None: ...
    def failed(self) -> None:
        """A callback has raised."""

    def stats(self) -> Stats: ...
    @property
    def dropped_count(self) -> int: ...
    @property
    def queue_size(self) -> int: ...
    @property
    def is_running(self) -> bool:
        """Whether there is a run."""

    @property
    def url(self) -> str:
        """The URL without what may be secret."""

    def wait_until_connected(self, timeout: float | None) -> bool:
        """Waits until the stream is open; `None` waits until the end of the run."""

@final
class Run:
    """A run: what its threads take."""

    @property
    def workers(self) -> list[Worker]: ...
    @property
    def drops(self) -> Drops: ...
    @property
    def changes(self) -> Changes: ...
    def next_record(self) -> tuple[int, str, dict[str, Any]] | None:
        """Waits for the next thing to log, as a level, a message and a dictionary. `None`: the run has ended."""

    def take_error(self) -> BaseException | None:
        """The exception that the run has ended with, if it is one; told once."""

    def cut(self) -> None:
        """Ends the run at once: no callback begins any more, and those in hand are not waited for."""

@final
class Worker:
    """The events of one worker: those that were fetched last, as an iterator."""

    def fetch(self) -> bool:
        """Waits for the next events and reads them. False: the run is over."""

    def __iter__(self) -> Self: ...
    def __next__(self) -> tuple[int, Any]: ...

@final
class Drops:
    """The notices of dropped events."""

    def next(self) -> tuple[RawEvent, int] | None:
        """Waits for the next event that was dropped, and the number of all that were. `None`: the run is over."""

@final
class Changes:
    """The openings and losses of the stream."""

    def next(self) -> bool | None:
        """Waits for the next change: true for an opening, false for a loss. `None`: the run is over."""

@final
class SessionsClient:
    """The async client without its callbacks, which are Python's."""

    def __new__(cls, url: str, token: str | None, /, **named: Any) -> Self: ...
    def expect(self, kind: int) -> None:
        """From now on, what there is a callback for is delivered."""

    def expect_drops(self) -> None:
        """The same for dropped events."""

    def expect_changes(self, connect: bool, disconnect: bool) -> None:
        """The same for the stream's opening and loss."""

    def begin(self) -> Sessions:
        """Begins a run."""

    def pull(self) -> Sessions:
        """Begins a run in which every event is handed out, whatever there are callbacks for."""

    def stop(self) -> None: ...
    def failed(self) -> None:
        """A callback has raised."""

    def stats(self) -> Stats: ...
    @property
    def dropped_count(self) -> int: ...
    @property
    def queue_size(self) -> int: ...
    @property
    def is_running(self) -> bool:
        """Whether there is a run."""

    @property
    def url(self) -> str:
        """The URL without what may be secret."""

    def wait_until_connected(self, timeout: float | None) -> bool:
        """Waits until the stream is open; `None` waits until the end of the run. It blocks the thread."""

@final
class Sessions:
    """A run: what the loop takes, and an iterator over the events that are ready for it."""

    def wait(self) -> bool:
        """Waits until the loop is to look for news. False: the run has ended, and the loop was told."""

    def looks(self) -> None:
        """The loop looks for news now."""

    def look_ahead(self) -> bool:
        """The loop looks for what may begin because other callbacks have ended. True: something may."""

    def __iter__(self) -> Self: ...
    def __next__(self) -> tuple[int, ActionsPayload | SummaryPayload | Gap | RawEvent, Held]: ...
    def end(self, held: Held) -> None:
        """The callback of the event has ended."""

    def take_drop(self) -> tuple[RawEvent, int] | None:
        """The next event that was dropped, and the number of all that were."""

    def take_change(self) -> tuple[bool, int | None] | None:
        """The next change, true for an opening, and what to release when the callback has ended."""

    def release(self, connection: int) -> None:
        """The events of this connection may begin."""

    def take_record(self) -> tuple[int, str, dict[str, Any]] | None:
        """The next thing to log, as a level, a message and a dictionary."""

    @property
    def is_over(self) -> bool:
        """Whether the run has ended."""

    def take_error(self) -> BaseException | None:
        """The exception that the run has ended with, if it is one; told once."""

    def cut(self) -> None:
        """Ends the run at once: no callback begins any more, and those in hand are not waited for."""

@final
class Held:
    """The place that an event keeps until its callback has ended."""

@final
class Stats:
    """What a client has seen so far, over all its runs."""

    @property
    def received(self) -> int:
        """Events that arrived, whatever became of them; heartbeats are not counted."""

    @property
    def delivered(self) -> int:
        """Events whose callback has returned or raised."""

    @property
    def dropped(self) -> int:
        """Events dropped because the queue was full."""

    @property
    def left(self) -> int:
        """Events that were still queued when a run ended, its `drain_timeout` being over."""

    @property
    def malformed(self) -> int:
        """Events whose data could not be read."""

    @property
    def oversized(self) -> int:
        """Events over `max_event_bytes`."""

    @property
    def gaps(self) -> int:
        """Gaps that the connector reported."""

    @property
    def callback_errors(self) -> int:
        """Callbacks that raised."""

    @property
    def reconnects(self) -> int:
        """How often the stream was opened again after it had been open in the same run."""

    @property
    def bytes(self) -> int:
        """Bytes of the stream's body, after decompression."""

    @property
    def connected(self) -> bool:
        """Whether the stream is open now."""

    @property
    def last_event_id(self) -> str | None:
        """Where the client would go on: the id it would send as `Last-Event-ID`; `None` if there is none."""

    @property
    def queue_size(self) -> int:
        """Events that wait for their callback now."""

    @property
    def queue_bytes(self) -> int:
        """What their data takes, in bytes."""

    @property
    def queue_capacity(self) -> int:
        """How many can wait."""

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
