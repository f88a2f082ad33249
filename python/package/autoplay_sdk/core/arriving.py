"""How a payload that arrives over the stream becomes an ordinary dataclass object when it is first looked at.

An object that a client hands to a callback has no attributes yet: what they will be is still in the compiled half. Each
field of its class is a descriptor that Python asks only where the object itself has no such attribute. It makes them
all, and from then on the object is like any other.
"""

from __future__ import annotations

import copyreg
from dataclasses import MISSING, fields

from autoplay_sdk import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    _P = TypeVar("_P", bound="Arriving")


class _Kept(_native.Arrived):
    """Has the dictionary that fields are kept in."""


_kept: Any = _Kept.__dict__["__dict__"]


def of_fields(cls: type[_P], fields: dict[str, Any]) -> _P:
    """Make a payload of fields that are right and complete, past its constructor."""
    payload = cls.__new__(cls)
    payload._kept.update(fields)
    return payload


def _replace_fields(payload: Arriving, fields: dict[str, Any]) -> None:
    payload._forget()
    payload._kept = fields


class Arriving(_Kept):
    """What the payload classes share: whoever gets past the attributes finds them made as well."""

    # The dictionary as it is; whoever asks for it by its usual name has the fields made first.
    _kept = _kept
    __dict__ = property(_native.Arrived._fields, _replace_fields)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            # Nothing is found here. Serialisers in C look into the dictionary itself where a class lacks this method,
            # and would find it empty.
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)

    def __delattr__(self, name: str) -> None:
        self._fields()
        super().__delattr__(name)

    def __reduce__(self) -> tuple[Any, ...]:
        return copyreg.__newobj__, (type(self),), self.__getstate__()  # type: ignore[attr-defined]

    def __getstate__(self) -> dict[str, Any]:
        return self._fields()

    def __setstate__(self, state: dict[str, Any]) -> None:
        # What an older version pickled knows nothing of `extra`.
        self._fields().update({**state, "extra": state.get("extra", {})})


def arriving(cls: type[_P]) -> type[_P]:
    """Lets objects of a dataclass arrive without their fields."""
    for field in fields(cls):  # type: ignore[arg-type]
        default = () if field.default is MISSING else (field.default,)
        setattr(cls, field.name, _native.Field(field.name, *default))
    return cls
