"""Two clips next to each other, for the eye."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
from jaxtyping import UInt8

from stitch_exp.errors import VideoError
from stitch_exp.types import Clip, FrameSource
from stitch_exp.video.limits import fits

LABELLED_PX = 64


class PairedFrames:
    """Frames of two sources joined left to right, as a `types.FrameSource`.

    Args:
        left: Frames for the left half.
        right: As many of the same height.
        reduction: Both are made so many times smaller.
        labels: Written into the lower left corner of each half; halves of fewer than `LABELLED_PX` rows carry none.
    """

    def __init__(
        self, left: FrameSource, right: FrameSource, reduction: int = 1, labels: tuple[str, str] | None = None
    ) -> None:
        self._left = left
        self._right = right
        self._reduction = reduction
        self._labels = labels

    def __len__(self) -> int:
        return len(self._left)

    def __iter__(self) -> Iterator[UInt8[np.ndarray, "H W 3"]]:
        for left, right in zip(self._left, self._right, strict=True):
            yield self._joined(left, right)

    def __getitem__(self, index: int) -> UInt8[np.ndarray, "H W 3"]:
        """Joined frame `index`."""
        return self._joined(self._left[index], self._right[index])

    def _joined(self, left: np.ndarray, right: np.ndarray) -> UInt8[np.ndarray, "H W 3"]:
        if self._reduction > 1:
            left, right = _reduced(left, self._reduction), _reduced(right, self._reduction)
        if self._labels is not None and len(left) >= LABELLED_PX:
            left, right = (labelled(half, text) for half, text in zip((left, right), self._labels, strict=True))
        return np.hstack([left, right])


def labelled(frame: UInt8[np.ndarray, "H W 3"], text: str) -> UInt8[np.ndarray, "H W 3"]:
    """A copy of the frame with ASCII text in its lower left corner, white with a dark edge."""
    canvas, scale = frame.copy(), max(0.35, len(frame) / 720)
    place = (round(12 * scale) + 2, len(frame) - round(14 * scale) - 2)
    for colour, width in (((0, 0, 0), 4), ((255, 255, 255), 1)):
        thickness = max(1, round(width * scale))
        cv2.putText(canvas, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, thickness, cv2.LINE_AA)
    return canvas


def side_by_side(left: Clip, right: Clip, labels: tuple[str, str] | None = None) -> Clip:
    """A lazy clip with `left` beside `right`; timing, colour and sound are those of `left`.

    Both are made smaller, by a whole number, if the pair would be too large to be written.

    Args:
        left: One clip.
        right: The other.
        labels: What to write into each half.

    Raises:
        VideoError: the clips differ in height or in number of frames.
    """
    if left.height != right.height or len(left.frames) != len(right.frames):
        raise VideoError(
            f"cannot put '{left.name}' ({len(left.frames)} frames, {left.height} px high) beside "
            f"'{right.name}' ({len(right.frames)} frames, {right.height} px high)"
        )
    reduction = 1
    while not fits(_part(left.width, reduction) + _part(right.width, reduction), _part(left.height, reduction)):
        reduction += 1
    return replace(
        left,
        name=f"{left.name} | {right.name}",
        frames=PairedFrames(left.frames, right.frames, reduction, labels),
        width=_part(left.width, reduction) + _part(right.width, reduction),
        height=_part(left.height, reduction),
        digest="",
    )


def _part(length: int, reduction: int) -> int:
    return max(1, length // reduction)


def _reduced(pixels: np.ndarray, reduction: int) -> np.ndarray:
    size = _part(pixels.shape[1], reduction), _part(pixels.shape[0], reduction)
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
