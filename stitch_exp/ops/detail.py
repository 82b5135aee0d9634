"""What an edit adds to a face, kept in the face's own coordinates: wrinkles, skin and hair move with the landmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Float32

from stitch_exp.ops.thin_plate import ThinPlate


@dataclass(frozen=True, eq=False)
class DetailMap:
    """The change of one edit of one person at full strength, where the landmarks of a typical frame are.

    Args:
        home: The 68 iBUG points of the map, in pixel indices of the crop.
        colours: For each share what the edit adds at strength 1, in levels of 255: strength times this is the change.
        shares: The strengths the maps come from, as shares of the run's own; a map serves all strengths of its sign.
    """

    home: Float[np.ndarray, "68 2"]
    colours: Float32[np.ndarray, "M S S 3"]
    shares: Sequence[float]

    @property
    def side(self) -> int:
        """Side of the crops in px."""
        return self.colours.shape[1]

    @cached_property
    def plate(self) -> ThinPlate:
        """Bends between home and a frame."""
        return ThinPlate(self.home, self.side)

    def at(self, landmarks: Float[np.ndarray, "68 2"], share: float) -> Float32[np.ndarray, "S S 3"]:
        """The map of a strength, bent to a frame's landmarks.

        Args:
            landmarks: In pixel indices of the frame's crop.
            share: A strength, of which only the sign counts; where no map has its sign, the others serve it.
        """
        chosen = int(np.argmax(np.asarray(self.shares) * (-1.0 if share < 0 else 1.0)))
        return self.plate.home_to(self.colours[chosen], landmarks)
