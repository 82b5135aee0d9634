"""Ranges of settings, written where a setting is declared: in the type of its class's parameter.

    @checked
    class Stop:
        def __init__(self, *, passes: Count, gain: Share | None, tilt: Annotated[float, Range(-90, 90)]) -> None:

The command line reads the same types from the source, without importing the class, and so refuses a bad value in a
moment; `checked` refuses it wherever else the class is made. Rules between settings belong in `__init__` or
`__post_init__`, as a `SettingsError`. Nothing heavy may be imported here.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from stitch_exp.errors import SettingsError

Kind = TypeVar("Kind", bound=type)


@dataclass(frozen=True, slots=True)
class Range:
    """Which finite numbers a setting may have.

    Args:
        low: The least value.
        high: The largest value; None for no bound.
        above: `low` itself is refused.
        below: `high` itself is refused.
    """

    low: int | float | None = None
    high: int | float | None = None
    above: bool = False
    below: bool = False

    def admits(self, value: int | float) -> bool:
        """Whether a number is finite and inside."""
        if not math.isfinite(value):
            return False
        if self.low is not None and (value < self.low or (self.above and value == self.low)):
            return False
        return self.high is None or not (value > self.high or (self.below and value == self.high))

    def __str__(self) -> str:
        low = None if self.low is None else f"{'more than' if self.above else 'at least'} {_plain(self.low)}"
        high = None if self.high is None else f"{'less than' if self.below else 'at most'} {_plain(self.high)}"
        return " and ".join(part for part in (low, high) if part) or "a finite number"


def _plain(bound: int | float) -> str:
    return str(bound) if isinstance(bound, int) else f"{bound:g}"


Count = Annotated[int, Range(1)]
"""How many of something: 1 or more."""
Natural = Annotated[int, Range(0)]
"""A number that may be 0, where 0 leaves the thing out."""
Finite = Annotated[float, Range()]
Positive = Annotated[float, Range(0, above=True)]
NonNegative = Annotated[float, Range(0)]
Share = Annotated[float, Range(0, 1)]
"""A part of a whole, both ends included."""
Rate = Annotated[float, Range(0, 10, above=True)]
"""An optimiser's learning rate; beyond 10 everything here diverges."""
Strength = Annotated[float, Range(-1000, 1000)]
"""How far an edit goes, in the unit of the edit."""
Seed = Annotated[int, Range(0, 2**32 - 1)]
"""What NumPy's generators take."""

ALIASES: dict[str, Any] = {name: value for name, value in list(globals().items()) if get_origin(value) is Annotated}
"""The named ranges above, for who reads them from source."""


def checked(kind: Kind) -> Kind:
    """Class decorator: refuse values outside the ranges in the types of `__init__`, all of them at once.

    Raises:
        SettingsError: On construction.
    """
    original = kind.__init__
    names = inspect.signature(original)

    @functools.wraps(original)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        given = names.bind_partial(self, *args, **kwargs).arguments
        found = complaints(_hints(original), given)
        if found:
            raise SettingsError(found, owner=kind.__name__)
        original(self, *args, **kwargs)

    kind.__init__ = __init__
    return kind


def complaints(hints: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, str]:
    """For each setting outside its range, what is wrong with it."""
    found = {}
    for name, value in values.items():
        wrong = complaint(value, hints.get(name))
        if wrong is not None:
            found[name] = f"is {value}; use {wrong}"
    return found


def complaint(value: Any, hint: Any) -> Range | None:
    """The range in a type that a value breaks, or None; whether the value has the type at all is not asked."""
    if get_origin(hint) in (Union, UnionType):
        broken = [complaint(value, part) for part in get_args(hint) if _concerns(value, part)]
        return broken[0] if broken and all(broken) else None
    if get_origin(hint) is Annotated:
        ranges = [part for part in hint.__metadata__ if isinstance(part, Range)]
        return next((part for part in ranges if _is_number(value) and not part.admits(value)), None)
    if _is_number(value) and hint in (int, float):
        return None if math.isfinite(value) else Range()
    inner = get_args(hint)
    if isinstance(value, Mapping) and len(inner) == 2:
        return next(filter(None, (complaint(part, inner[1]) for part in value.values())), None)
    if isinstance(value, list | tuple) and inner:
        return next(filter(None, (complaint(part, inner[0]) for part in value)), None)
    return None


def _concerns(value: Any, hint: Any) -> bool:
    """Whether this member of a union is the one for values of this kind."""
    if _is_number(value):
        return get_origin(hint) is Annotated or hint in (int, float)
    return isinstance(value, list | tuple | Mapping) and bool(get_args(hint))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@functools.cache
def _hints(constructor: Callable[..., None]) -> dict[str, Any]:
    return get_type_hints(constructor, include_extras=True)
