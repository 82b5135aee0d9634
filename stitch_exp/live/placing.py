"""Where the face's square lies, frame by frame, without a look ahead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from jaxtyping import Float

from stitch_exp.live.shot import Finds, Placed, Shot
from stitch_exp.ops.one_euro import OneEuro
from stitch_exp.ops.quad import Squares, corners, squares_from_landmarks

_CENTER_HZ, _AXES_HZ, _PER_SPEED = 2.0, 1.0, 8.0
"""Cutoffs at rest, and what a speed of one face a second adds: a face at rest does not tremble, a quick one is met."""


class CausalSquare:
    """The FFHQ square of landmarks that arrive one by one, smoothed; lengths count in the face's own size.

    Args:
        scale: As `aligner.scale`.
    """

    def __init__(self, scale: float) -> None:
        self.scale = scale
        self._center, self._axis = OneEuro(_CENTER_HZ, _PER_SPEED), OneEuro(_AXES_HZ, _PER_SPEED)
        self._unit = 1.0

    def reset(self) -> None:
        """The next face is another, or the same one elsewhere."""
        self._center.reset()
        self._axis.reset()

    def __call__(self, landmarks: Float[np.ndarray, "68 2"], time_s: float, first: bool) -> Float[np.ndarray, "4 2"]:
        """Corners NW, SW, SE, NE."""
        center, x, _ = squares_from_landmarks(landmarks[None], self.scale)
        if first:
            self.reset()
            self._unit = 2 * float(np.linalg.norm(x))
        center, x = self._center(center[0] / self._unit, time_s), self._axis(x[0] / self._unit, time_s)
        center, x = center[None] * self._unit, x[None] * self._unit
        return corners(Squares(center, x, np.stack([-x[:, 1], x[:, 0]], axis=1)))[0]


def placed(shots: Iterable[Shot], tracker: Finds, square: CausalSquare) -> Iterator[Placed]:
    """Each shot with the place of its face."""
    follows = False
    for shot in shots:
        face = tracker.find(shot.pixels)
        quad = None if face is None else square(face.landmarks, shot.time_s, first=not follows)
        follows = face is not None
        yield Placed(shot, quad, None if face is None else face.landmarks, tracker.likeness)
