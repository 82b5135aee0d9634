"""Make an edited video comparable with its source frame by frame, whatever its size and frame rate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
from jaxtyping import Float, Int, UInt8

from stitch_exp.errors import DataError
from stitch_exp.types import Clip, FrameSource, GroundTruth

LARGEST_BEND = 0.02
"""Sides may be stretched differently by so much; more would bend the face."""


class ChosenFrames:
    """Some frames of a source, each at another size if need be, as a `types.FrameSource`.

    Args:
        frames: Where they come from.
        chosen: Which, not decreasing.
        size: Height and width to scale them to; None leaves them as they are.
    """

    def __init__(self, frames: FrameSource, chosen: Int[np.ndarray, " T"], size: tuple[int, int] | None) -> None:
        self._frames, self._chosen, self._size = frames, chosen, size

    def __len__(self) -> int:
        return len(self._chosen)

    def __getitem__(self, index: int) -> UInt8[np.ndarray, "H W 3"]:
        """Chosen frame `index`."""
        return self._scaled(self._frames[int(self._chosen[index])])

    def __iter__(self) -> Iterator[UInt8[np.ndarray, "H W 3"]]:
        """All of them in one decoding pass."""
        wanted = iter(self._chosen.tolist())
        target = next(wanted, None)
        for number, frame in enumerate(self._frames):
            while target == number:
                yield self._scaled(frame)
                target = next(wanted, None)
            if target is None:
                return

    def _scaled(self, frame: np.ndarray) -> UInt8[np.ndarray, "H W 3"]:
        if self._size is None:
            return frame
        height, width = self._size
        rule = cv2.INTER_AREA if height < len(frame) else cv2.INTER_CUBIC
        return cv2.resize(frame, (width, height), interpolation=rule)


def twins(source: Clip, edited: Clip) -> tuple[Clip, Clip, str]:
    """Both clips, frame for frame and of the source's size, and how that was done (empty when nothing was).

    Videos of as many frames belong together by number. Otherwise each frame of the source is compared with the frame of
    the edit that is nearest in time, from the first frame of each, as long as both last.

    Raises:
        DataError: The shapes of the frames differ, so that scaling would bend the face; or nothing overlaps.
    """
    said = []
    size = _size(source, edited)
    if size is not None:
        said.append(f"scaled from {edited.width}x{edited.height} to {source.width}x{source.height} px")
    own, other = np.arange(len(source.frames)), np.arange(len(edited.frames))
    if len(own) != len(other):
        own, other = _by_time(_seconds(source), _seconds(edited))
        said.append(
            f"matched by time ({_rate(edited.fps)} fps to {_rate(source.fps)}): {len(own)} of {len(source.frames)} "
            f"frames of the source, {len(np.unique(other))} of {len(edited.frames)} of the edit"
        )
    kept = source if len(own) == len(source.frames) else _chosen(source, own, None)
    twin = edited if not said else replace(_chosen(edited, other, size), height=source.height, width=source.width)
    return kept, twin, "; ".join(said)


def _chosen(clip: Clip, chosen: np.ndarray, size: tuple[int, int] | None) -> Clip:
    frames = ChosenFrames(clip.frames, chosen, size)
    return replace(clip, frames=frames, pts=clip.pts[chosen], truth=_truth_of(clip.truth, chosen))


def _truth_of(truth: GroundTruth | None, chosen: Int[np.ndarray, " T"]) -> GroundTruth | None:
    """What the chosen frames were made of, by their new numbers."""
    if truth is None:
        return None
    numbers = [int(number) for number in chosen]
    return GroundTruth(
        lambda index: truth.code(numbers[index]),
        lambda index, code: truth.render(numbers[index], code),
        lambda index: truth.head(numbers[index]),
    )


def _size(source: Clip, edited: Clip) -> tuple[int, int] | None:
    across, down = source.width / edited.width, source.height / edited.height
    if across == down == 1.0:
        return None
    if abs(across / down - 1.0) > LARGEST_BEND:
        raise DataError(
            f"{source.name!r} is {source.width}x{source.height} and "
            f"{edited.name!r} is {edited.width}x{edited.height} px: "
            "their shapes differ, and scaling would bend the face; crop one of them to the shape of the other"
        )
    return source.height, source.width


def _by_time(
    own: Float[np.ndarray, " T"], other: Float[np.ndarray, " U"]
) -> tuple[Int[np.ndarray, " V"], Int[np.ndarray, " V"]]:
    """Numbers of the source's frames that the edit covers, and of the nearest frame of the edit for each."""
    step = float(np.median(np.diff(other))) if len(other) > 1 else np.inf
    kept = np.flatnonzero(own <= other[-1] + step / 2 + 1e-6)
    right = np.searchsorted(other, own[kept]).clip(1, max(1, len(other) - 1))
    left = right - 1
    right = right.clip(0, len(other) - 1)
    nearer = np.abs(other[right] - own[kept]) < np.abs(other[left] - own[kept])
    return kept, np.where(nearer, right, left)


def _seconds(clip: Clip) -> Float[np.ndarray, " T"]:
    return (clip.pts - clip.pts[0]).astype(np.float64) * float(clip.time_base)


def _rate(fps: Fraction) -> str:
    return f"{float(fps):.5g}"
