"""The contrast of a detail map: a median of many faces is softer than each of them.

A wrinkle that lies a pixel off from face to face is half as deep in their median, and what is judged is its depth. So
each band of the map is raised towards the energy that the change of single frames has; as far as the map is right
there, since what is drawn in the wrong place must not become clearer. It explains a little less of the change by
squared error, and looks more like it: the trade of Blau and Michaeli 2018, "The Perception-Distortion Tradeoff".
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import cv2
import numpy as np
from jaxtyping import Float32

from stitch_exp.distill.detail import learned_detail
from stitch_exp.distill.lessons import Lessons
from stitch_exp.ops.detail import DetailMap

_BANDS = (1, 2, 4, 8, 16)
"""Standard deviations of the blurs between which bands lie, in px of a crop of 256 px."""
_NEAR = 8
"""Standard deviation of the surroundings over which energies are compared, in the same."""
_MOST = 2.0
_LEAST_FRAMES = 10
"""Fewer frames cannot be parted in two halves that say anything of each other."""


def missing_contrast(lessons: Lessons, detail: DetailMap, num_sheets: int) -> Float32[np.ndarray, "B S S"]:
    """How much each band must be raised where, 1 to 2, finest first, in the map's own coordinates.

    It is measured as the map will be used, on frames it has not seen: a map of one half of the filmed frames is
    compared with the other half. Where the two have energies of the ratio g (squared) and the correlation r, the gain
    is 1 + r (g - 1).

    Args:
        lessons: What the map is learned from.
        detail: The map of all of them.
        num_sheets: As of the map.
    """
    count, shape = lessons.num_filmed, (len(_BANDS), lessons.side, lessons.side)
    if count < _LEAST_FRAMES:
        return np.ones(shape, np.float32)
    halves = slice(0, count // 2), slice(count // 2, count)
    drawn, wanted, both = (np.zeros(shape, np.float32) for _ in range(3))
    strongest = int(np.argmax(np.abs(lessons.shares)))
    share = float(lessons.shares[strongest])
    for known, unseen in (halves, halves[::-1]):
        half = learned_detail(lessons.part(known), num_sheets)
        for frame in (lessons[n] for n in range(count)[unseen]):
            shown = share * half.at(frame.source, frame.landmarks, share)[..., :3]
            change = frame.targets[strongest].astype(np.float32) - frame.source
            one, other = (_bands(detail.plate.home_from(image, frame.landmarks)) for image in (shown, change))
            drawn += _products(one, one)
            wanted += _products(other, other)
            both += _products(one, other)
    return _gains(*(_around(energy) for energy in (drawn, wanted, both)))


def raised(detail: DetailMap, gains: Float32[np.ndarray, "B S S"]) -> DetailMap:
    """The same map with each band of its sheets so many times as strong; in half precision, as files hold it."""
    colours = np.empty_like(detail.colours)
    for place in np.ndindex(*colours.shape[:2]):
        sheet = detail.colours[place]
        more = sum(band * (gain - 1)[..., None] for gain, band in zip(gains, _bands(sheet), strict=True))
        colours[place] = (sheet + more).astype(np.float16)
    return replace(detail, colours=colours)


def _gains(drawn: np.ndarray, wanted: np.ndarray, both: np.ndarray) -> Float32[np.ndarray, "B S S"]:
    ratio = np.clip(np.sqrt(wanted / np.maximum(drawn, 1e-3)), 1, _MOST)
    right = np.clip(both / np.sqrt(np.maximum(drawn * wanted, 1e-3)), 0, 1)
    return 1 + right * (ratio - 1)


def _products(one: list[np.ndarray], other: list[np.ndarray]) -> Float32[np.ndarray, "B S S"]:
    return np.stack([(a * b).sum(axis=2) for a, b in zip(one, other, strict=True)])


def _around(energy: Float32[np.ndarray, "B S S"]) -> Float32[np.ndarray, "B S S"]:
    sigma = _NEAR * energy.shape[1] / 256
    return np.stack([cv2.GaussianBlur(band, (0, 0), sigma) for band in energy])


def _bands(image: Float32[np.ndarray, "S S 3"]) -> list[Float32[np.ndarray, "S S 3"]]:
    """What each blur takes from the one before it."""
    unit = image.shape[0] / 256
    blurred = [image, *(cv2.GaussianBlur(image, (0, 0), sigma * unit) for sigma in _BANDS)]
    return [finer - coarser for finer, coarser in itertools.pairwise(blurred)]
