"""How unlike the face each place of a crop looks, judged by crops that show the face whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8

from stitch_exp.ops.motion import moved

SIDE = 128
"""Side at which crops are compared; lengths below are pixels of it."""
_VOUCHERS = 3
_FINE_BLUR, _BLUR, _REACH, _FLOW_BLUR = 1.2, 2.0, 1, SIDE / 20
_PERHAPS = 0.5
_USUAL_PERCENT = 98.0
_ALIKE_PERCENT = 30.0
_CLOSING, _MARGIN = 7, 5
_INSIDE, _AROUND_FEATURES = 7, 9
FEATURES = (slice(17, 22), slice(22, 27), slice(36, 42), slice(42, 48), slice(48, 60))
"""Brows, eyes and mouth among the 68 landmarks: they move and open, and what then shows is no occluder."""


def small(image: np.ndarray) -> np.ndarray:
    """A crop or a mask at the side at which crops are compared."""
    return image if image.shape[0] == SIDE else cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def view(crop: UInt8[np.ndarray, "128 128 3"]) -> Float32[np.ndarray, "128 128 3"]:
    """Colours in CIELAB, without noise."""
    return cv2.GaussianBlur(cv2.cvtColor(crop.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), (0, 0), _FINE_BLUR)


def skin_inside(points: Float[np.ndarray, "68 2"]) -> Bool[np.ndarray, "128 128"]:
    """Where a crop shows skin of the face: between brows and jaw, without what expressions move most.

    Args:
        points: The landmarks, in pixel indices of the small crop.
    """
    points = points.astype(np.float32)
    face, features = np.zeros((2, SIDE, SIDE), np.uint8)
    cv2.fillConvexPoly(face, cv2.convexHull(np.rint(points).astype(np.int32)), (1,))
    for part in FEATURES:
        cv2.fillConvexPoly(features, cv2.convexHull(np.rint(points[part]).astype(np.int32)), (1,))
    face = cv2.erode(face, _disc(_INSIDE), borderType=cv2.BORDER_CONSTANT, borderValue=(0,))
    return (face > 0) & (cv2.dilate(features, _disc(_AROUND_FEATURES)) == 0)


def error(
    one: Float32[np.ndarray, "128 128 3"], other: Float32[np.ndarray, "128 128 3"], inside: Bool[np.ndarray, "128 128"]
) -> float:
    """Mean distance of two views inside; infinite where that is nowhere."""
    difference = cv2.GaussianBlur(one - other, (0, 0), _BLUR)
    return float(np.linalg.norm(difference, axis=-1)[inside].mean()) if inside.any() else np.inf


def usual(views: Mapping[int, np.ndarray], insides: Mapping[int, np.ndarray]) -> float:
    """How unlike each other the views are, at most but for a few places, in half of them."""
    largest = [
        np.percentile(difference(one, n, views, insides[n])[insides[n]], _USUAL_PERCENT)
        for n, one in views.items()
        if insides[n].any()
    ]
    return float(np.median(largest)) if largest else 0.0


def difference(
    one: Float32[np.ndarray, "128 128 3"], n: int, others: Mapping[int, np.ndarray], inside: np.ndarray
) -> Float32[np.ndarray, "128 128"]:
    """How unlike the face each place looks, in CIELAB units: three of the other views must find it alike.

    Args:
        one: What is judged.
        n: Its number, by which it is none of the others.
        others: Views of the whole face.
        inside: Where skin is, by which the light is evened out.
    """
    unlike = _vouched([_unlike(one, _moved(other, one), inside) for m, other in others.items() if m != n])
    return cv2.GaussianBlur(unlike, (0, 0), _BLUR)


def outline(
    unlike: np.ndarray,
    limit: float,
    head: Bool[np.ndarray, "128 128"],
    where: Bool[np.ndarray, "128 128"],
    area: int,
) -> UInt8[np.ndarray, "128 128"] | None:
    """What is unlike the face on `area` pixels in one piece `where` it counts, and what it is a part of."""
    sure = pieces(unlike, limit, where, area)
    if not sure.any():
        return None
    perhaps = ((unlike > _PERHAPS * limit) & head).astype(np.uint8)
    _, labels = cv2.connectedComponents(cv2.morphologyEx(perhaps, cv2.MORPH_CLOSE, _disc(_CLOSING)))
    found = np.isin(labels, np.unique(labels[sure])) & (labels > 0)
    if not found.any():
        return None
    grown = cv2.dilate(found.astype(np.uint8) * 255, _disc(_MARGIN))
    return np.maximum(grown, cv2.GaussianBlur(cv2.dilate(grown, _disc(_MARGIN)), (0, 0), _BLUR))


def pieces(
    unlike: np.ndarray, limit: float, where: Bool[np.ndarray, "128 128"], area: int
) -> Bool[np.ndarray, "128 128"]:
    """Connected places above the limit, of `area` pixels or more."""
    count, labels, areas, _ = cv2.connectedComponentsWithStats(((unlike > limit) & where).astype(np.uint8))
    return np.isin(labels, [one for one in range(1, count) if areas[one, cv2.CC_STAT_AREA] >= area])


def _vouched(differences: Sequence[np.ndarray]) -> np.ndarray:
    """The third smallest of the differences of each place, the largest of fewer."""
    place = min(_VOUCHERS, len(differences)) - 1
    return np.partition(np.stack(differences), place, axis=0)[place]


def _moved(other: np.ndarray, one: np.ndarray) -> np.ndarray:
    """Another view of the face, with its features where this view has them; wide and smooth motion only."""
    pair = [np.clip(picture[..., 0] * 2.55, 0, 255).astype(np.uint8) for picture in (one, other)]
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST).calc(*pair, None)
    return moved(other, cv2.GaussianBlur(flow, (0, 0), _FLOW_BLUR), cv2.INTER_LINEAR)


def _unlike(one: np.ndarray, other: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Distance of colours to the nearest place around, after the light is evened out."""
    padded = cv2.copyMakeBorder(_relit(other, one, inside), _REACH, _REACH, _REACH, _REACH, cv2.BORDER_REPLICATE)
    nearest = np.full((SIDE, SIDE), np.inf, np.float32)
    for y in range(2 * _REACH + 1):
        for x in range(2 * _REACH + 1):
            step = one - padded[y : y + SIDE, x : x + SIDE]
            nearest = np.minimum(nearest, np.einsum("yxc,yxc->yx", step, step))
    return np.sqrt(nearest)


def _relit(other: np.ndarray, one: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The other view in this view's light, if that brings most of what is alike closer."""
    if not inside.any():
        return other
    step = (one - other)[inside]
    light = np.median(step, axis=0)
    was, now = (np.percentile(np.linalg.norm(part, axis=-1), _ALIKE_PERCENT) for part in (step, step - light))
    return other + light if now < was else other


def _disc(diameter: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (diameter, diameter))
