"""The contrast of a detail map: a median of many faces is softer than each of them.

A wrinkle that lies a pixel off from face to face is half as deep in their median, and what is judged is its depth. So
each band of the map is raised until it has the energy that the change of single frames has. It explains a little less
of the change by squared error, and looks like it: the trade of Blau and Michaeli 2018, "The Perception-Distortion
Tradeoff".
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import cv2
import numpy as np
from jaxtyping import Float

from stitch_exp.distill.detail import learned_detail
from stitch_exp.distill.lessons import Lessons
from stitch_exp.ops.detail import DetailMap

_BANDS = (1, 2, 4, 8, 16)
"""Standard deviations of the blurs between which bands lie, in px of a crop of 256 px."""
_MOST = 2.0
_LEAST_FRAMES = 10
"""Fewer frames cannot be parted in two halves that say anything of each other."""


def missing_contrast(lessons: Lessons, num_sheets: int) -> Float[np.ndarray, " B"]:
    """How much each band must be raised, 1 to 2, finest first.

    It is measured where the map will be used, on frames it has not seen: a map of one half of the filmed frames is
    compared with the other half.

    Args:
        lessons: What the map is learned from.
        num_sheets: As of the map.
    """
    count = lessons.num_filmed
    if count < _LEAST_FRAMES:
        return np.ones(len(_BANDS))
    halves = slice(0, count // 2), slice(count // 2, count)
    drawn, wanted = np.zeros(len(_BANDS)), np.zeros(len(_BANDS))
    strongest = int(np.argmax(np.abs(lessons.shares)))
    share = float(lessons.shares[strongest])
    for known, unseen in (halves, halves[::-1]):
        detail = learned_detail(lessons.part(known), num_sheets)
        for frame in (lessons[n] for n in range(count)[unseen]):
            shown = share * detail.at(frame.source, frame.landmarks, share)[..., :3]
            drawn += _energies(shown)
            wanted += _energies(frame.targets[strongest].astype(np.float32) - frame.source)
    return np.clip(np.sqrt(wanted / np.maximum(drawn, 1e-9)), 1, _MOST)


def raised(detail: DetailMap, gains: Float[np.ndarray, " B"]) -> DetailMap:
    """The same map with each band of its sheets so many times as strong; in half precision, as files hold it."""
    colours = np.empty_like(detail.colours)
    for place in np.ndindex(*colours.shape[:2]):
        sheet = detail.colours[place]
        more = sum(np.float32(gain - 1) * band for gain, band in zip(gains, _bands(sheet), strict=True))
        colours[place] = (sheet + more).astype(np.float16)
    return replace(detail, colours=colours)


def _energies(change: Float[np.ndarray, "S S 3"]) -> Float[np.ndarray, " B"]:
    return np.array([float(np.square(band).sum()) for band in _bands(change)])


def _bands(image: Float[np.ndarray, "S S 3"]) -> list[Float[np.ndarray, "S S 3"]]:
    """What each blur takes from the one before it."""
    unit = image.shape[0] / 256
    blurred = [image, *(cv2.GaussianBlur(image, (0, 0), sigma * unit) for sigma in _BANDS)]
    return [finer - coarser for finer, coarser in itertools.pairwise(blurred)]
