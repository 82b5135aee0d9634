"""Cuts: where one shot ends and another begins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np
from jaxtyping import Bool, Float32, UInt8

_SIDE, _BLOCK = 96, 8
_SHIFTS = range(-4, 5, 2)
_TEXTURE, _NOISE, _UNLIKE = 4.0, 6.0, 0.45
_LEAST_BLOCKS = 6
_CUT = 0.75


def with_cuts(frames: Iterable[UInt8[np.ndarray, "H W 3"]]) -> Iterator[tuple[UInt8[np.ndarray, "H W 3"], bool]]:
    """The frames, each with whether it is the first of a new shot; the first frame of all is not.

    A frame that differs from the one before it begins a shot, unless the frame after it looks like the one before it
    again: a flash or a single damaged frame is no cut. One frame is read ahead for this.
    """
    before = now = None
    for after in frames:
        if now is not None:
            new = before is not None and is_cut(before, now) and is_cut(before, after)
            yield now, new
            # A flash is skipped, so that what follows it is compared with what came before it.
            before = now if new or before is None or not is_cut(before, now) else before
        now = after
    if now is not None:
        yield now, before is not None and is_cut(before, now)


def is_cut(before: UInt8[np.ndarray, "H W 3"], after: UInt8[np.ndarray, "H W 3"]) -> bool:
    """Whether two neighbouring frames belong to different shots."""
    return change(before, after) >= _CUT


def change(before: UInt8[np.ndarray, "H W 3"], after: UInt8[np.ndarray, "H W 3"]) -> float:
    """The share of what one picture shows that is nowhere near its place in the other, 0 to 1; the larger of the two.

    Pictures are compared in blocks, each of which may have moved a little; flat blocks that match say nothing, so that
    two people before one wall are two shots, and one who leaves while another stays is none.
    """
    one, other = _small(before), _small(after)
    return max(_lost(one, other), _lost(other, one))


def _small(frame: np.ndarray) -> Float32[np.ndarray, "96 96 3"]:
    small = cv2.resize(frame, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb).astype(np.float32)


def _lost(one: np.ndarray, other: np.ndarray) -> float:
    flat = cv2.resize(_blocks(one), (_SIDE, _SIDE), interpolation=cv2.INTER_NEAREST)
    texture = _blocks(np.abs(one - flat).mean(-1))
    nearest = _blocks(np.abs(one - other).mean(-1))
    if _share(nearest, texture) < _CUT:  # Motion can only lower it, and most frames end here.
        return _share(nearest, texture)
    reach = max(_SHIFTS)
    padded = cv2.copyMakeBorder(other, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    for y in _SHIFTS:
        for x in _SHIFTS:
            there = padded[reach + y : reach + y + _SIDE, reach + x : reach + x + _SIDE]
            nearest = np.minimum(nearest, _blocks(np.abs(one - there).mean(-1)))
    return _share(nearest, texture)


def _share(difference: np.ndarray, texture: np.ndarray) -> float:
    lost: Bool[np.ndarray, "12 12"] = difference > np.maximum(_UNLIKE * texture, _NOISE)
    telling = (texture > _TEXTURE) | lost
    return float(lost.sum() / telling.sum()) if telling.sum() >= _LEAST_BLOCKS else 0.0


def _blocks(image: np.ndarray) -> np.ndarray:
    """Mean of each block."""
    return cv2.resize(image, (_SIDE // _BLOCK, _SIDE // _BLOCK), interpolation=cv2.INTER_AREA)
