"""Frozen dataclasses to JSON values and back, without loss and always in the same form."""

import json
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


def canonical(value: object) -> str:
    """One text for one value: sorted names, no spaces, letters as they are."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def plain(value: object) -> object:
    """The value as JSON types.

    A field at its default is left out, so a field added to a definition later leaves the hash
    of every survey written before it as it was.
    """
    if is_dataclass(value) and not isinstance(value, type):
        present = ((f, getattr(value, f.name)) for f in fields(value))
        return {f.name: plain(v) for f, v in present if f.default is MISSING or v != f.default}
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return value


def rebuild(kind: type[T], data: object) -> T:
    """The value of this type that `plain` made `data` from; ValueError where it did not."""
    return cast("T", _value(kind, data))


def _value(kind: Any, data: Any) -> object:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        wanted = [one for one in arguments if one is not NoneType]
        return None if data is None else _value(wanted[0], data)
    if origin is Literal:
        return _checked(data in arguments, data)
    if origin is tuple:
        return _tuple(arguments, data)
    if is_dataclass(kind):
        return _dataclass(kind, data)
    return _checked(type(data) is kind, data)


def _tuple(arguments: tuple[Any, ...], data: Any) -> tuple[object, ...]:
    _checked(isinstance(data, list), data)
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_value(arguments[0], one) for one in data)
    _checked(len(data) == len(arguments), data)
    return tuple(_value(kind, one) for kind, one in zip(arguments, data, strict=True))


def _dataclass(kind: Any, data: Any) -> object:
    _checked(isinstance(data, dict), data)
    hints = _hints(kind)
    _checked(data.keys() <= hints.keys(), data)
    try:
        return kind(**{name: _value(hints[name], one) for name, one in data.items()})
    except TypeError as missing:
        raise ValueError(f"not a stored {kind.__name__}: {missing}") from missing


def _checked(fits: bool, data: T) -> T:
    if not fits:
        raise ValueError(f"not a stored survey: unexpected {type(data).__name__}")
    return data


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
