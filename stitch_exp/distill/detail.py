"""The detail map of a clip: the change of many frames, laid over each other in the face's own coordinates."""

from __future__ import annotations

import cv2
import numpy as np

from stitch_exp.ops.detail import DetailMap
from stitch_exp.ops.look import Look, in_small, reduced, strayed
from stitch_exp.ops.thin_plate import ThinPlate
from stitch_exp.types import EditPairs

_MOST_FRAMES = 60
"""More frames make the median no sharper and cost memory."""
_USUAL, _MARGIN, _LEAST = 90, 1.3, 6.0
"""Tolerance: this percentile of how far frames strayed, times this, and never below so many levels of 255."""
_NEAR = 5
"""The tolerance of a place is that of its surroundings, in px of the look: landmarks are never exact."""


def learned_detail(pairs: EditPairs, num_frames: int) -> DetailMap:
    """The median over frames of what the edit adds, for the strongest edit of each sign, and the face's look.

    The median keeps wrinkles that a mean would blur, and takes no notice of a hand that covers some of the frames. All
    is rounded to half precision, as files hold it.

    Args:
        pairs: Crops as filmed and edited.
        num_frames: Only the first so many frames.
    """
    frames = np.unique(np.linspace(0, num_frames - 1, min(num_frames, _MOST_FRAMES)).round().astype(int))
    landmarks, side = pairs.landmarks[frames], pairs.sources.shape[1]
    plate = ThinPlate(landmarks.mean(axis=0), side)
    chosen = sorted({int(np.argmax(pairs.shares * sign)) for sign in np.sign(pairs.shares) if sign})
    colours = np.stack([_median(_added(pairs, k, frames), landmarks, plate) for k in chosen])
    look = _look([reduced(np.asarray(pairs.sources[n])) for n in frames], in_small(landmarks, side))
    return DetailMap(plate.home, colours, tuple(float(pairs.shares[k]) for k in chosen), look)


def _added(pairs: EditPairs, k: int, frames: np.ndarray) -> list[np.ndarray]:
    """What the edit adds to each frame, as strong as at strength 1."""
    return [(pairs.targets[k, n].astype(np.float32) - pairs.sources[n]) / float(pairs.shares[k]) for n in frames]


def _median(images: list[np.ndarray], landmarks: np.ndarray, plate: ThinPlate) -> np.ndarray:
    at_home = [plate.home_from(image, points) for image, points in zip(images, landmarks, strict=True)]
    return _half(np.median(np.stack(at_home), axis=0))


def _look(images: list[np.ndarray], landmarks: np.ndarray) -> Look:
    plate = ThinPlate(landmarks.mean(axis=0), images[0].shape[0])
    expected = _median(images, landmarks, plate)
    apart = [
        plate.home_from(strayed(image, plate.home_to(expected, points), points)[1], points)
        for image, points in zip(images, landmarks, strict=True)
    ]
    usual = cv2.dilate(np.percentile(apart, _USUAL, axis=0).astype(np.float32), np.ones((_NEAR, _NEAR), np.uint8))
    return Look(plate.home, expected, _half(np.maximum(_MARGIN * usual, _LEAST)))


def _half(image: np.ndarray) -> np.ndarray:
    return image.astype(np.float16).astype(np.float32)
