"""Two clips next to each other, for the eye."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from jaxtyping import UInt8

from stitch_exp.errors import VideoError
from stitch_exp.types import Clip, FrameSource


class PairedFrames:
    """Frames of two sources joined left to right, as a `types.FrameSource`."""

    def __init__(self, left: FrameSource, right: FrameSource) -> None:
        self._left = left
        self._right = right

    def __len__(self) -> int:
        return len(self._left)

    def __iter__(self) -> Iterator[UInt8[np.ndarray, "H W 3"]]:
        for left, right in zip(self._left, self._right, strict=True):
            yield np.hstack([left, right])

    def __getitem__(self, index: int) -> UInt8[np.ndarray, "H W 3"]:
        """Joined frame `index`."""
        return np.hstack([self._left[index], self._right[index]])


def side_by_side(left: Clip, right: Clip) -> Clip:
    """A lazy clip with `left` beside `right`; timing, colour and sound are those of `left`.

    Raises:
        VideoError: the clips differ in height or in number of frames.
    """
    if left.height != right.height or len(left.frames) != len(right.frames):
        raise VideoError(
            f"cannot put '{left.name}' ({len(left.frames)} frames, {left.height} px high) beside "
            f"'{right.name}' ({len(right.frames)} frames, {right.height} px high)"
        )
    return replace(
        left,
        name=f"{left.name} | {right.name}",
        frames=PairedFrames(left.frames, right.frames),
        width=left.width + right.width,
        digest="",
    )
