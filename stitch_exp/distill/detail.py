"""The detail map of a clip: the change of many frames, laid over each other in the face's own coordinates."""

from __future__ import annotations

import numpy as np

from stitch_exp.ops.detail import DetailMap
from stitch_exp.ops.thin_plate import ThinPlate
from stitch_exp.types import EditPairs

_MOST_FRAMES = 60
"""More frames make the median no sharper and cost memory."""


def learned_detail(pairs: EditPairs, num_frames: int) -> DetailMap:
    """The median over frames of what the edit adds, for the strongest edit of each sign.

    The median keeps wrinkles that a mean would blur, and takes no notice of a hand that covers some of the frames. It
    is rounded to half precision, as files hold it.

    Args:
        pairs: Crops as filmed and edited.
        num_frames: Only the first so many frames.
    """
    frames = np.unique(np.linspace(0, num_frames - 1, min(num_frames, _MOST_FRAMES)).round().astype(int))
    plate = ThinPlate(pairs.landmarks[frames].mean(axis=0), pairs.sources.shape[1])
    chosen = sorted({int(np.argmax(pairs.shares * sign)) for sign in np.sign(pairs.shares) if sign})
    colours = np.stack([_median(pairs, k, frames, plate) for k in chosen])
    return DetailMap(plate.home, colours, tuple(float(pairs.shares[k]) for k in chosen))


def _median(pairs: EditPairs, k: int, frames: np.ndarray, plate: ThinPlate) -> np.ndarray:
    added = [pairs.targets[k, n].astype(np.float32) - pairs.sources[n] for n in frames]
    at_home = np.stack([plate.home_from(one, pairs.landmarks[n]) for one, n in zip(added, frames, strict=True)])
    full = np.median(at_home, axis=0) / pairs.shares[k]
    return full.astype(np.float16).astype(np.float32)
