"""The frames a live network learns from: the first part of the clip, and what the generator imagined besides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, UInt8

from stitch_exp.types import EditPairs


class Lesson(NamedTuple):
    """One face at all strengths."""

    source: UInt8[np.ndarray, "S S 3"]
    targets: Sequence[UInt8[np.ndarray, "S S 3"]]
    """As many as there are shares."""
    mask: UInt8[np.ndarray, "S S"]
    landmarks: Float[np.ndarray, "68 2"]


@dataclass(frozen=True, slots=True)
class Lessons:
    """Filmed faces, then imagined ones, as one sequence; pixels stay where they are until they are asked for.

    Args:
        filmed: Pairs of the clip.
        known: The frames of it that are learned from.
        imagined: Pairs of faces that were never filmed, with the same shares; all of them, which may be none.
    """

    filmed: EditPairs
    known: range
    imagined: EditPairs

    def __len__(self) -> int:
        return len(self.known) + len(self.imagined.sources)

    def __getitem__(self, index: int) -> Lesson:
        filmed = index < len(self.known)
        pairs, n = (self.filmed, self.known[index]) if filmed else (self.imagined, index - len(self.known))
        targets = [np.asarray(stack[n]) for stack in pairs.targets]
        return Lesson(np.asarray(pairs.sources[n]), targets, np.asarray(pairs.masks[n]), pairs.landmarks[n])

    def part(self, which: slice) -> Lessons:
        """Only some of the filmed faces, and all that were imagined."""
        return Lessons(self.filmed, self.known[which], self.imagined)

    @property
    def num_filmed(self) -> int:
        """How many of the faces were filmed; they come first."""
        return len(self.known)

    @property
    def shares(self) -> Float[np.ndarray, " K"]:
        """Each strength as a share of the run's own."""
        return self.filmed.shares

    @property
    def side(self) -> int:
        """Side of the crops in px."""
        return self.filmed.sources.shape[1]
