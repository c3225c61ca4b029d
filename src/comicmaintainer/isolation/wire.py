"""Converts values to JSON and back by type, so a helper's answer can't build anything else.

For frozen dataclasses of plain values: texts, numbers, bytes, paths, enumerations, tuples, mappings
by text or number, and each other. The receiver names the type; values that do not fit are refused.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Value = TypeVar("Value")
Unpacker = Callable[[Any], Any]
"""Makes a value of one type from JSON values; refuses others by TypeError or ValueError."""
_PLAIN = frozenset({type(None), bool, int, float, str})
"""The types that are sent as they are: by far the most values."""
BYTES = "latin-1"
"""Bytes are sent as characters 0 to 255, because most are XML in ASCII."""


class Misfit(Exception):
    """A value does not have the expected type. Internal: callers translate it."""


def packed(value: Any) -> Any:
    """Return `value` as JSON values."""
    kind: Any = type(value)
    if kind in _PLAIN:
        return value
    if isinstance(value, str | Path):  # includes an enumeration of texts
        return str(value)
    if isinstance(value, bytes):
        return value.decode(BYTES)
    if isinstance(value, tuple | list):
        return [each if type(each) in _PLAIN else packed(each) for each in value]
    if dataclasses.is_dataclass(value):
        return [packed(getattr(value, name)) for name in _field_names(kind)]
    if isinstance(value, Mapping):
        return {key: packed(each) for key, each in value.items()}
    if isinstance(value, int | float):  # an enumeration of numbers
        return value
    raise TypeError(f"{kind.__name__} can't be sent")


def unpacked(kind: type[Value], value: Any) -> Value:
    """Return the value of this type that was packed to `value`.

    Raises:
        Misfit: it was not of this type.
    """
    shape: Any = kind
    try:
        result: Value = _unpacker(shape)(value)
    except (TypeError, ValueError, KeyError, AttributeError, UnicodeEncodeError) as error:
        raise Misfit(f"{kind}: {type(error).__name__}: {error}") from error
    return result


@lru_cache(maxsize=256)
def _unpacker(kind: Any) -> Unpacker:
    """Return what makes values of this type; types are looked into once, not for each value."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _optional(get_args(kind))
    if origin is tuple:
        return _tuple(get_args(kind))
    if origin is not None and issubclass(origin, Mapping):
        of_key, of_value = get_args(kind)
        make = _unpacker(of_value)
        return lambda value: {of_key(key): make(each) for key, each in value.items()}
    if kind is Any:  # any JSON value
        return lambda value: value
    if kind is bytes:
        return lambda value: value.encode(BYTES)
    if dataclasses.is_dataclass(kind):
        return _record(kind)
    if kind is Path or issubclass(kind, Enum):
        return lambda value: kind(value)
    return _plain(kind)


def _plain(kind: type) -> Unpacker:
    def make(value: Any) -> Any:
        if type(value) is not kind and not (kind is float and type(value) is int):
            raise TypeError(f"{type(value).__name__} instead of {kind.__name__}")
        return value

    return make


def _record(kind: Any) -> Unpacker:
    hints = get_type_hints(kind)
    makers = [_unpacker(hints[name]) for name in _field_names(kind)]
    return lambda values: kind(*[make(value) for make, value in zip(makers, values, strict=True)])


def _optional(kinds: tuple[Any, ...]) -> Unpacker:
    kind, *others = (each for each in kinds if each is not types.NoneType)
    if others:
        raise TypeError("only an optional value can be told by its type")
    make = _unpacker(kind)
    return lambda value: None if value is None else make(value)


def _tuple(kinds: tuple[Any, ...]) -> Unpacker:
    makers = [_unpacker(kind) for kind in kinds if kind is not Ellipsis]
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        (make,) = makers
        return lambda value: tuple([make(each) for each in value])
    return lambda value: tuple([make(each) for make, each in zip(makers, value, strict=True)])


@lru_cache(maxsize=64)
def _field_names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))
