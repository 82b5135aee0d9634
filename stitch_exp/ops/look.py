"""How a face is expected to look where its landmarks are, so that what is in front of it can be told from it.

A picture of 64 px is enough: what is unlike the expected brightness over a larger place than an eye, and more than the
same place ever was in the frames that were learned, is a hand, a cup, or another head.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from stitch_exp.ops.thin_plate import ThinPlate

SIDE = 64
_WINDOW = 7
"""Side of the square over which differences are averaged, in px of `SIDE`."""
_NOT_AT_ALL = 1.5
"""So many times the tolerance is trusted no more; once the tolerance is trusted fully."""
_GAINS = (0.5, 2.0)


@dataclass(frozen=True, eq=False)
class Look:
    """Brightness of a typical frame, and how far frames strayed from it.

    Args:
        home: The 68 iBUG points, in pixel indices of these pictures.
        brightness: What is expected, in levels of 255.
        tolerance: How far a face strays from it by itself, above 0, in the same.
    """

    home: Float[np.ndarray, "68 2"]
    brightness: Float32[np.ndarray, "R R"]
    tolerance: Float32[np.ndarray, "R R"]

    @cached_property
    def plate(self) -> ThinPlate:
        """Bends between home and a frame."""
        return ThinPlate(self.home, SIDE)

    @cached_property
    def _drawn(self) -> Float32[np.ndarray, "R R 2"]:
        return np.stack([self.brightness, self.tolerance], axis=-1)

    def seen(
        self, small: Float32[np.ndarray, "R R"], landmarks: Float[np.ndarray, "68 2"]
    ) -> tuple[float, Float32[np.ndarray, "R R"]]:
        """How much brighter a frame is than expected, and how far each place can be trusted to be the face.

        Args:
            small: The frame's crop, as `reduced` makes it.
            landmarks: In its pixel indices.

        Returns:
            A factor from 0.5 to 2, and 0 to 1 for each place.
        """
        drawn = self.plate.home_to(self._drawn, landmarks)
        gain, apart = strayed(small, drawn[..., 0], landmarks)
        return gain, np.clip((_NOT_AT_ALL - apart / drawn[..., 1]) / (_NOT_AT_ALL - 1), 0, 1)


def strayed(
    small: Float32[np.ndarray, "R R"], expected: Float32[np.ndarray, "R R"], landmarks: Float[np.ndarray, "68 2"]
) -> tuple[float, Float32[np.ndarray, "R R"]]:
    """The gain of the light, and how far each place is from what is expected in this light, in levels of that."""
    low, high = (np.clip(corner.round().astype(int), 0, SIDE - 1) for corner in (landmarks.min(0), landmarks.max(0)))
    face = np.s_[low[1] : high[1] + 1, low[0] : high[0] + 1]
    gain = float(np.clip(np.median((small[face] + 8) / (expected[face] + 8)), *_GAINS))
    return gain, cv2.blur(np.abs(small / np.float32(gain) - expected), (_WINDOW, _WINDOW))


def reduced(crop: UInt8[np.ndarray, "S S 3"] | Float32[np.ndarray, "S S 3"]) -> Float32[np.ndarray, "R R"]:
    """The brightness of a crop at `SIDE` px, in levels of 255."""
    return cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32).mean(axis=2)


def in_small(landmarks: Float[np.ndarray, "*N 68 2"], side: int) -> Float[np.ndarray, "*N 68 2"]:
    """Landmarks of a crop of this side in pixel indices of `reduced`."""
    return (landmarks + 0.5) * (SIDE / side) - 0.5
