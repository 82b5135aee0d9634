"""Faces that the clip does not show: the tuned generator knows the person in other poses and expressions, too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, NamedTuple, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from stitch_exp.faces.in_crops import as_own_frames, crop_landmarks
from stitch_exp.networks.roles import Detector
from stitch_exp.settings import NonNegative, Range, Seed, checked
from stitch_exp.types import AlignedClip, TunedGenerator

_OPEN = 35.0
"""Wide enough for speech, in % of the distance of the eyes: mouths are imagined shut to so far open at least."""
_FARTHEST = 3.0
"""Mouths are moved by so many standard deviations at most: beyond, faces fall apart."""
_LEAST_SLOPE = 2.0
"""In % of the distance of the eyes for a standard deviation: a direction that opens a mouth less is none."""


@runtime_checkable
class Directions(Protocol):
    """Directions by name, each of one row for all layers, or one a layer."""

    def __contains__(self, name: object, /) -> bool: ...

    def __getitem__(self, name: str, /) -> Float[Tensor, "R D"]: ...


class Instruments(NamedTuple):
    """What imagining needs of the run."""

    draw: Callable[[Float[Tensor, "N L D"]], UInt8[np.ndarray, "N S S 3"]]
    """Pictures of codes by the tuned generator."""
    detector: Detector
    directions: Directions
    """The model's; what is not there is not varied."""
    opening: Callable[[Float[np.ndarray, "68 2"]], float]
    """How far a mouth is open, in % of the distance of the eyes."""


@checked
@dataclass(frozen=True, slots=True)
class Imagination:
    """Draws faces around those of a clip.

    A clip of a few seconds shows some of the poses and expressions that a camera will see later, and most of its frames
    may hold the mouth one way. Mouths are therefore moved to openings spread evenly from shut to as wide as was filmed,
    whatever they are in the frame that a face is drawn from; the other directions are varied around it.

    Args:
        count: How many faces; 0 imagines none.
        mouth: The direction that opens the mouth; null leaves mouths as they are.
        spreads: Standard deviation of the strength of further directions, by name.
        seed: Of the draws.
    """

    count: Annotated[int, Range(0, 1000)]
    mouth: str | None
    spreads: Mapping[str, NonNegative]
    seed: Seed

    def __call__(
        self, aligned: AlignedClip, tuned: TunedGenerator, by: Instruments
    ) -> tuple[AlignedClip, TunedGenerator] | None:
        """Imagined crops with their landmarks, and their codes; None if no face was asked for or found.

        Args:
            aligned: Crops that are known.
            tuned: Their pivots.
            by: What draws and finds faces.
        """
        if not self.count:
            return None
        chance = np.random.default_rng(self.seed)
        base = np.linspace(0, len(aligned.crops) - 1, self.count).round().astype(int)
        codes = tuned.pivots[base] + self._moves(chance, by.directions, tuned.pivots)
        if self.mouth is not None and self.mouth in by.directions:
            filmed = np.array([by.opening(points) for points in crop_landmarks(aligned)])
            step = by.directions[self.mouth].to(codes)
            slope = _slope(step, tuned.pivots.mean(dim=0), by)
            codes = codes + _column(self._mouths(filmed, base, slope, chance), codes) * step
        crops = by.draw(codes)
        found = [by.detector.detect(crop) for crop in crops]
        kept = [n for n, faces in enumerate(found) if faces]
        if not kept:
            return None
        landmarks = np.stack([found[n][0].landmarks for n in kept])
        return as_own_frames(crops[kept], landmarks), replace(tuned, pivots=codes[kept], inversions=crops[kept])

    def _moves(self, chance: np.random.Generator, directions: Directions, like: Tensor) -> Tensor:
        """Of each face along the further directions; none in the mean, as stitching draws from the mean of all."""
        moves = torch.zeros(1)
        for name, spread in self.spreads.items():
            drawn = chance.normal(0, 1, self.count)
            if name in directions:
                moves = moves + _column(spread * (drawn - drawn.mean()), like) * directions[name].to(like)
        return moves

    def _mouths(
        self, filmed: Float[np.ndarray, " N"], base: np.ndarray, slope: float, chance: np.random.Generator
    ) -> Float[np.ndarray, " C"]:
        """How far each face goes along the mouth's direction."""
        if slope < _LEAST_SLOPE:
            return np.zeros(self.count)
        wanted = chance.permutation((np.arange(self.count) + 0.5) / self.count) * max(_OPEN, np.percentile(filmed, 95))
        return np.clip((wanted - filmed[base]) / slope, -_FARTHEST, _FARTHEST)


def _slope(step: Float[Tensor, "R D"], middle: Float[Tensor, "L D"], by: Instruments) -> float:
    """How far one step opens the mouth of the clip's mean code; 0 where no face is seen."""
    seen = [by.detector.detect(crop) for crop in by.draw(torch.stack([middle - step, middle + step]))]
    if not all(seen):
        return 0.0
    shut, wide = (by.opening(faces[0].landmarks) for faces in seen)
    return (wide - shut) / 2


def _column(values: np.ndarray, like: Tensor) -> Float[Tensor, "C 1 1"]:
    return torch.from_numpy(np.asarray(values)).to(like)[:, None, None]
