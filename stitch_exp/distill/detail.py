"""The detail map of a clip: the change of many frames, laid over each other in the face's own coordinates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from jaxtyping import Float
from scipy.cluster.vq import kmeans2

from stitch_exp.distill.lessons import Lesson, Lessons
from stitch_exp.ops.detail import DetailMap
from stitch_exp.ops.look import Look, in_small, reduced, strayed
from stitch_exp.ops.thin_plate import ThinPlate, laid_over

_MOST_FRAMES = 60
"""More frames make the median no sharper and cost memory."""
_USUAL, _MARGIN, _LEAST = 90, 1.3, 6.0
"""Tolerance: this percentile of how far frames strayed, times this, and never below so many levels of 255."""
_NEAR = 5
"""The tolerance of a place is that of its surroundings, in px of the look: landmarks are never exact."""
_LEAST_FACES = 5
"""A sheet is of so many faces at least: of fewer, the median would keep what is of one frame alone."""


def learned_detail(lessons: Lessons, num_sheets: int) -> DetailMap:
    """The median over alike faces of what the edit adds at each strength, and the face's look.

    The median keeps wrinkles that a mean would blur, and takes no notice of a hand that covers some of the frames. All
    is rounded to half precision, as files hold it.

    Args:
        lessons: Crops as filmed and edited.
        num_sheets: How many sheets the map has, at most: kinds of faces times strengths.
    """
    spread = np.linspace(0, lessons.num_filmed - 1, min(lessons.num_filmed, _MOST_FRAMES)).round().astype(int)
    frames = [lessons[int(n)] for n in [*np.unique(spread), *range(lessons.num_filmed, len(lessons))]]
    landmarks = np.stack([frame.landmarks for frame in frames])
    plate = ThinPlate(landmarks.mean(axis=0), lessons.side)
    shares = lessons.shares
    chosen = [k for k, share in enumerate(shares) if share]
    faces = np.stack([laid_over(points, plate.home) for points in landmarks])
    kinds = _kinds(faces, num_sheets // len(chosen))
    colours = np.stack([_sheets(frames, k, float(shares[k]), kinds, plate) for k in chosen])
    look = _look([reduced(frame.source) for frame in frames], in_small(landmarks, lessons.side))
    means = np.stack([faces[kind].mean(axis=0) for kind in kinds])
    return DetailMap(plate.home, means, colours, tuple(float(shares[k]) for k in chosen), look)


def _kinds(faces: Float[np.ndarray, "N 68 2"], most: int) -> list[np.ndarray]:
    """Which faces are alike: for each kind their numbers; a face may be of several, and each kind has some."""
    count = min(most, len(faces) // _LEAST_FACES)
    if count < 2:
        return [np.arange(len(faces))]
    flat = faces.reshape(len(faces), -1)
    centres, label = kmeans2(flat, flat[_apart(flat, count)], minit="matrix")
    order = [np.argsort(np.linalg.norm(flat - centre, axis=1), kind="stable") for centre in centres]
    return [near[: max(_LEAST_FACES, int((label == k).sum()))] for k, near in enumerate(order)]


def _apart(flat: Float[np.ndarray, "N D"], count: int) -> list[int]:
    """The one nearest to the mean, and then always the one farthest from those taken, while there is another."""
    taken = [int(np.linalg.norm(flat - flat.mean(axis=0), axis=1).argmin())]
    far = np.full(len(flat), np.inf)
    while len(taken) < count:
        far = np.minimum(far, np.linalg.norm(flat - flat[taken[-1]], axis=1))
        if not far.any():
            break
        taken.append(int(far.argmax()))
    return taken


def _sheets(
    frames: Sequence[Lesson], k: int, share: float, kinds: Sequence[np.ndarray], plate: ThinPlate
) -> np.ndarray:
    """What the edit adds to each kind of face, as strong as at strength 1."""
    added = [(frame.targets[k].astype(np.float32) - frame.source) / share for frame in frames]
    at_home = _at_home(added, [frame.landmarks for frame in frames], plate)
    return np.stack([_half(np.median(at_home[kind], axis=0)) for kind in kinds])


def _at_home(images: Sequence[np.ndarray], landmarks: Iterable[np.ndarray], plate: ThinPlate) -> np.ndarray:
    return np.stack([plate.home_from(image, points) for image, points in zip(images, landmarks, strict=True)])


def _look(images: list[np.ndarray], landmarks: np.ndarray) -> Look:
    plate = ThinPlate(landmarks.mean(axis=0), images[0].shape[0])
    expected = _half(np.median(_at_home(images, landmarks, plate), axis=0))
    apart = [
        strayed(image, plate.home_to(expected, points), points)[1]
        for image, points in zip(images, landmarks, strict=True)
    ]
    usual = np.percentile(_at_home(apart, landmarks, plate), _USUAL, axis=0).astype(np.float32)
    usual = cv2.dilate(usual, np.ones((_NEAR, _NEAR), np.uint8))
    return Look(plate.home, expected, _half(np.maximum(_MARGIN * usual, _LEAST)))


def _half(image: np.ndarray) -> np.ndarray:
    return image.astype(np.float16).astype(np.float32)
