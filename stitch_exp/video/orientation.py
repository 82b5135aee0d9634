"""Turn decoded frames upright, as the display matrix of the file asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import av
import numpy as np
from av.sidedata.sidedata import SideDataContainer, Type
from jaxtyping import UInt8

_MATRIX_BYTES = 36


@dataclass(frozen=True, slots=True)
class Orientation:
    """How to turn the stored picture: mirror it left to right if asked, then rotate it counter-clockwise.

    Convention: the display matrix maps a stored point (x, y), y down, to the shown point (a x + c y, b x + d y).
    Source: ISO/IEC 14496-12, track header matrix.
    """

    quarter_turns: int = 0
    """Counter-clockwise quarter turns, 0 to 3."""
    mirror: bool = False
    """Whether the stored picture is mirrored left to right first."""

    @property
    def swaps_sides(self) -> bool:
        """Whether stored height and width change places."""
        return self.quarter_turns % 2 == 1

    def apply(self, pixels: UInt8[np.ndarray, "H W 3"]) -> UInt8[np.ndarray, "h w 3"]:
        """Upright copy of a stored picture (the same array if nothing is to be done)."""
        if self == Orientation():
            return pixels
        flipped = pixels[:, ::-1] if self.mirror else pixels
        return np.ascontiguousarray(np.rot90(flipped, self.quarter_turns))


def orientation_of(frame: av.VideoFrame) -> Orientation:
    """Orientation from the frame's display matrix, snapped to quarter turns."""
    for data in cast(SideDataContainer, frame.side_data):
        if data.type == Type.DISPLAYMATRIX:
            return from_matrix(np.frombuffer(bytes(data)[:_MATRIX_BYTES], np.int32))
    return Orientation()


def from_matrix(values: np.ndarray) -> Orientation:
    """Nearest of the eight orientations to a display matrix of nine fixed-point numbers."""
    a, b, c, d = (float(values[i]) for i in (0, 1, 3, 4))
    mirror = a * d - b * c < 0
    # With the mirror divided out, (a, b) is where the picture's x axis points on the screen.
    x_axis = (-a, -b) if mirror else (a, b)
    angle_down = np.arctan2(x_axis[1], x_axis[0])
    return Orientation(int(np.rint(-angle_down / (np.pi / 2))) % 4, mirror)
