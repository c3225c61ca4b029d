"""Converts values to JSON and back by type, so a helper's answer can't build anything else.

For frozen dataclasses of plain values: texts, numbers, bytes, paths, enumerations, tuples, mappings
by text or number, and each other. The receiver names the type; values that do not fit are refused.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Value = TypeVar("Value")
BYTES = "latin-1"
"""Bytes are sent as characters 0 to 255, because most are XML in ASCII."""


class Misfit(Exception):
    """A value does not have the expected type. Internal: callers translate it."""


def packed(value: Any) -> Any:
    """Return `value` as JSON values."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str | Path):  # includes an enumeration of texts
        return str(value)
    if isinstance(value, bytes):
        return value.decode(BYTES)
    if dataclasses.is_dataclass(value):
        return [packed(getattr(value, field.name)) for field in dataclasses.fields(value)]
    if isinstance(value, Mapping):
        return {key: packed(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [packed(each) for each in value]
    raise TypeError(f"{type(value).__name__} can't be sent")


def unpacked(kind: type[Value], value: Any) -> Value:
    """Return the value of this type that was packed to `value`.

    Raises:
        Misfit: it was not of this type.
    """
    try:
        result: Value = _unpacked(kind, value)
    except (TypeError, ValueError, KeyError, UnicodeEncodeError) as error:
        raise Misfit(f"{kind}: {type(error).__name__}: {error}") from error
    return result


def _unpacked(kind: Any, value: Any) -> Any:
    if kind is Any:  # any JSON value
        return value
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _one_of(get_args(kind), value)
    if origin is tuple:
        return _tuple(get_args(kind), value)
    if origin is not None and issubclass(origin, Mapping):
        of_key, of_value = get_args(kind)
        return {of_key(key): _unpacked(of_value, each) for key, each in value.items()}
    if kind is bytes:
        return value.encode(BYTES)
    if kind is Path:
        return Path(value)
    if dataclasses.is_dataclass(kind):
        return _record(kind, value)
    if issubclass(kind, Enum):
        return kind(value)
    if type(value) is not kind and not (kind is float and type(value) is int):
        raise TypeError(f"{type(value).__name__} instead of {kind.__name__}")
    return value


def _record(kind: Any, value: Any) -> Any:
    hints = _hints(kind)
    return kind(*(_unpacked(hints[name], each) for name, each in zip(hints, value, strict=True)))


def _one_of(kinds: tuple[Any, ...], value: Any) -> Any:
    if value is None and types.NoneType in kinds:
        return None
    kind, *others = (each for each in kinds if each is not types.NoneType)
    if others:
        raise TypeError("only an optional value can be told by its type")
    return _unpacked(kind, value)


def _tuple(kinds: tuple[Any, ...], value: Any) -> Any:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_unpacked(kinds[0], each) for each in value)
    return tuple(_unpacked(kind, each) for kind, each in zip(kinds, value, strict=True))


@lru_cache(maxsize=64)
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}
