"""What an edit adds to a face, kept in the face's own coordinates: wrinkles, skin and hair move with the landmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from stitch_exp.ops.look import Look, in_small, reduced
from stitch_exp.ops.thin_plate import ThinPlate


@dataclass(frozen=True, eq=False)
class DetailMap:
    """The change of one edit of one person at full strength, where the landmarks of a typical frame are.

    Args:
        home: The 68 iBUG points of the map, in pixel indices of the crop.
        colours: For each share what the edit adds at strength 1, in levels of 255: strength times this is the change.
        shares: The strengths the maps come from, as shares of the run's own; a map serves all strengths of its sign.
        look: How the face is expected to look as filmed.
    """

    home: Float[np.ndarray, "68 2"]
    colours: Float32[np.ndarray, "M S S 3"]
    shares: Sequence[float]
    look: Look

    @property
    def side(self) -> int:
        """Side of the crops in px."""
        return self.colours.shape[1]

    @cached_property
    def plate(self) -> ThinPlate:
        """Bends between home and a frame."""
        return ThinPlate(self.home, self.side)

    def at(
        self,
        crop: UInt8[np.ndarray, "S S 3"] | Float32[np.ndarray, "S S 3"],
        landmarks: Float[np.ndarray, "68 2"],
        share: float,
    ) -> Float32[np.ndarray, "S S 4"]:
        """The map of a strength, bent to a frame's landmarks and lit as the frame is, and how far it can be trusted.

        Args:
            crop: The frame's crop, in levels of 255.
            landmarks: In pixel indices of the crop.
            share: A strength, of which only the sign counts; where no map has its sign, the others serve it.

        Returns:
            The colours, and from 0 to 127.5 how sure it is that a place shows the face and nothing in front of it: a
            127.5th of all four is what the network is handed.
        """
        chosen = int(np.argmax(np.asarray(self.shares) * (-1.0 if share < 0 else 1.0)))
        gain, trust = self.look.seen(reduced(crop), in_small(landmarks, self.side))
        trust = cv2.resize(trust * np.float32(127.5), (self.side, self.side), interpolation=cv2.INTER_LINEAR)
        return cv2.merge([*cv2.split(self.plate.home_to(self.colours[chosen], landmarks) * np.float32(gain)), trust])
