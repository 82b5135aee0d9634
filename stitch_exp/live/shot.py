"""What travels through the live loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, UInt8

from stitch_exp.types import Clip


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One filmed frame."""

    pixels: UInt8[np.ndarray, "H W 3"]
    time_s: float
    """When it was filmed, on the source's own clock."""
    taken_s: float
    """When it reached this program, on `time.perf_counter`."""


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A shot and where its face is, in pixel indices; None without a face."""

    shot: Shot
    quad: Float[np.ndarray, "4 2"] | None
    """The crop's corners NW, SW, SE, NE."""
    landmarks: Float[np.ndarray, "68 2"] | None
    """The iBUG points."""
    likeness: float = 1.0
    """How alike the face's picture is to the one a frame before (`faces.looks.alike`)."""


@runtime_checkable
class Source(Protocol):
    """Where shots come from."""

    height: int
    width: int
    fps: Fraction

    @property
    def clip(self) -> Clip | None:
        """What is played, where it is a file: its sound goes with the pictures."""
        ...

    def __iter__(self) -> Iterator[Shot]: ...


@runtime_checkable
class Finds(Protocol):
    """What finds the face of each frame: `faces.tracker.Tracker`."""

    searches: int
    likeness: float

    def find(self, frame: UInt8[np.ndarray, "H W 3"]) -> Any: ...


@dataclass(slots=True)
class Controls:
    """What the person at the keys has chosen; `live` reads it for every frame."""

    share: float = 1.0
    """Strength as a share of the trained one, -1 to 1."""
    is_on: bool = True
    compares: bool = False
    """The left half of the picture stays as filmed."""
    ends: bool = False

    def press(self, key: str) -> None:
        """`+` and `-` change the strength, `e` switches the edit, `b` compares, `q` ends."""
        if key in ("+", "=", "-"):
            self.share = float(np.clip(self.share + (-0.1 if key == "-" else 0.1), -1, 1))
        elif key == "e":
            self.is_on = not self.is_on
        elif key == "b":
            self.compares = not self.compares
        elif key == "q":
            self.ends = True
