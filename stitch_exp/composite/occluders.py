"""Things in front of the face (hands, microphones, hair): found by comparison with frames that show the face whole.

A generator draws faces, and what passes before one it takes for a part of it: an edit would tint and bend the hand.
A frame is compared with the frames of its shot that the inversions explain best. A face that turns, speaks or laughs
is that face again once it has been moved a little and its light evened out; a hand is not.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float32, UInt8

from stitch_exp.ops.motion import moved
from stitch_exp.ops.warp import apply
from stitch_exp.types import AlignedClip, TunedGenerator, Workspace

log = logging.getLogger("stitch_exp")

SIDE = 128
"""Side at which crops are compared; lengths below are pixels of it."""
_MOST_FRAMES, _LEAST_FRAMES = 240, 5
_WHOLE, _NUM_WHOLE, _VOUCHERS = 1 / 3, 7, 3
_FINE_BLUR, _BLUR, _REACH, _FLOW_BLUR = 1.2, 2.0, 1, SIDE / 20
_UNLIKE, _PERHAPS = 8.0, 0.5
_USUAL_TIMES, _USUAL_PERCENT = 1.25, 98.0
_ALIKE_PERCENT = 30.0
_SURE_AREA, _LIKELY_AREA = 180, 60
_CLOSING, _MARGIN = 7, 5
_INSIDE, _AROUND_FEATURES = 7, 9
FEATURES = (slice(17, 22), slice(22, 27), slice(36, 42), slice(42, 48), slice(48, 60))
"""Brows, eyes and mouth among the 68 landmarks: they move and open, and what then shows is no occluder."""


@dataclass(frozen=True, slots=True, eq=False)
class Occluders:
    """What stands in front of the face in each crop."""

    masks: Mapping[int, UInt8[np.ndarray, "128 128"]]
    """Opacity of what stands there, 0 to 255, by number of the crop; crops with nothing there are left out."""
    shares: Mapping[int, float]
    """The share of the head that is covered, by number of the crop."""

    def cut_from(self, mask: UInt8[np.ndarray, "S S"], n: int) -> UInt8[np.ndarray, "S S"]:
        """A mask of crop `n` without what stands in front; the same array where nothing does."""
        covered = self.masks.get(n)
        if covered is None:
            return mask
        side = mask.shape[0]
        free = 1 - cv2.resize(covered, (side, side), interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
        return np.rint(mask * free).astype(np.uint8)


NOTHING = Occluders({}, {})


def occluders(
    aligned: AlignedClip, tuned: TunedGenerator, foreground: UInt8[np.ndarray, "N S S"], work: Workspace
) -> Occluders:
    """Look for things in front of the face in every crop of a clip.

    What is there in nearly all frames of a shot cannot be told from the face and is not found.

    Args:
        aligned: The crops, where they belong, and their landmarks.
        tuned: The inversions say which crops show the face whole: those they resemble most.
        foreground: The head in each crop, 0 to 255; nothing is looked for elsewhere.
        work: Its progress line moves twice for each crop.
    """
    masks: dict[int, np.ndarray] = {}
    shares: dict[int, float] = {}
    stretches = list(_stretches(aligned))
    looks = 2 * sum(map(len, stretches))
    ticks = iter(work.track(range(looks), "looking before the face", looks))
    for stretch in stretches:
        for n, mask in _in_stretch(stretch, aligned, tuned, foreground, ticks):
            head = _small(np.asarray(foreground[n])) > 127
            masks[n], shares[n] = mask, float((mask[head] > 127).mean())
    next(ticks, None)
    if shares:
        log.info("something stands in front of the face in %d frames and stays as filmed there", len(shares))
    return Occluders(masks, shares)


def _stretches(aligned: AlignedClip) -> Iterator[range]:
    """Numbers of the crops of each shot, in parts that light and clothes outlast."""
    shots = np.searchsorted(aligned.cuts, aligned.frame_index, side="right")
    for shot in np.unique(shots):
        first, last = np.flatnonzero(shots == shot)[[0, -1]]
        count = int(last - first) + 1
        edges = np.linspace(first, last + 1, -(-count // _MOST_FRAMES) + 1).astype(int)
        for low, high in itertools.pairwise(edges.tolist()):
            if high - low >= _LEAST_FRAMES:
                yield range(low, high)


def _in_stretch(
    stretch: range, aligned: AlignedClip, tuned: TunedGenerator, foreground: np.ndarray, ticks: Iterator[int]
) -> Iterator[tuple[int, UInt8[np.ndarray, "128 128"]]]:
    """Numbers and masks of the crops in which something surely stands in front, and of those around them."""
    insides = dict(zip(stretch, _insides(aligned, stretch), strict=True))
    heads = {n: _small(np.asarray(foreground[n])) > 127 for n in stretch}
    whole = {n: _view(aligned.crops[n]) for n in _whole(stretch, aligned, tuned, insides, ticks)}
    limit = max(_UNLIKE, _USUAL_TIMES * _usual(whole, insides))
    unlike = {
        n: _difference(_view(aligned.crops[n]), n, whole, insides[n]) for n, _ in zip(stretch, ticks, strict=False)
    }
    found = {n: _outline(unlike[n], limit, heads[n], insides[n], _SURE_AREA) for n in stretch}
    for order, before in ((stretch, -1), (stretch[::-1], 1)):
        for n in order:
            near = found.get(n + before)
            if found[n] is None and near is not None:
                found[n] = _outline(unlike[n], limit, heads[n], heads[n] & (near > 0), _LIKELY_AREA)
    yield from ((n, mask) for n, mask in found.items() if mask is not None)


def _whole(
    stretch: range,
    aligned: AlignedClip,
    tuned: TunedGenerator,
    insides: Mapping[int, np.ndarray],
    ticks: Iterator[int],
) -> list[int]:
    """Crops that show the face whole, spread over the stretch: those that their inversions resemble most."""
    errors = np.array(
        [_error(aligned.crops[n], tuned.inversions[n], insides[n]) for n, _ in zip(stretch, ticks, strict=False)]
    )
    best = np.sort(np.argsort(errors, kind="stable")[: max(_VOUCHERS + 1, round(_WHOLE * len(stretch)))])
    spread = np.linspace(0, len(best) - 1, min(_NUM_WHOLE, len(best))).round().astype(int)
    return [stretch[place] for place in best[spread]]


def _usual(views: Mapping[int, np.ndarray], insides: Mapping[int, np.ndarray]) -> float:
    """How unlike each other the views are, at most but for a few places, in half of them."""
    largest = [
        np.percentile(_difference(view, n, views, insides[n])[insides[n]], _USUAL_PERCENT)
        for n, view in views.items()
        if insides[n].any()
    ]
    return float(np.median(largest)) if largest else 0.0


def _error(crop: np.ndarray, inversion: np.ndarray, inside: np.ndarray) -> float:
    difference = cv2.GaussianBlur(_view(crop) - _view(inversion), (0, 0), _BLUR)
    return float(np.linalg.norm(difference, axis=-1)[inside].mean()) if inside.any() else np.inf


def _difference(
    view: Float32[np.ndarray, "128 128 3"], n: int, others: Mapping[int, np.ndarray], inside: np.ndarray
) -> Float32[np.ndarray, "128 128"]:
    """How unlike the face each place looks, in CIELAB units: three of the other views must find it alike."""
    unlike = _vouched([_unlike(view, _moved(other, view), inside) for m, other in others.items() if m != n])
    return cv2.GaussianBlur(unlike, (0, 0), _BLUR)


def _vouched(differences: Sequence[np.ndarray]) -> np.ndarray:
    """The third smallest of the differences of each place, the largest of fewer."""
    place = min(_VOUCHERS, len(differences)) - 1
    return np.partition(np.stack(differences), place, axis=0)[place]


def _moved(other: np.ndarray, view: np.ndarray) -> np.ndarray:
    """Another view of the face, with its features where this view has them; wide and smooth motion only."""
    pair = [np.clip(one[..., 0] * 2.55, 0, 255).astype(np.uint8) for one in (view, other)]
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST).calc(*pair, None)
    return moved(other, cv2.GaussianBlur(flow, (0, 0), _FLOW_BLUR), cv2.INTER_LINEAR)


def _unlike(view: np.ndarray, other: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Distance of colours to the nearest place around, after the light is evened out."""
    padded = cv2.copyMakeBorder(_relit(other, view, inside), *[_REACH] * 4, cv2.BORDER_REPLICATE)
    nearest = np.full((SIDE, SIDE), np.inf, np.float32)
    for y in range(2 * _REACH + 1):
        for x in range(2 * _REACH + 1):
            step = view - padded[y : y + SIDE, x : x + SIDE]
            nearest = np.minimum(nearest, np.einsum("yxc,yxc->yx", step, step))
    return np.sqrt(nearest)


def _relit(other: np.ndarray, view: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The other view in this view's light, if that brings most of what is alike closer."""
    if not inside.any():
        return other
    step = (view - other)[inside]
    light = np.median(step, axis=0)
    was, now = (np.percentile(np.linalg.norm(one, axis=-1), _ALIKE_PERCENT) for one in (step, step - light))
    return other + light if now < was else other


def _outline(
    unlike: np.ndarray,
    limit: float,
    head: Bool[np.ndarray, "128 128"],
    where: Bool[np.ndarray, "128 128"],
    area: int,
) -> UInt8[np.ndarray, "128 128"] | None:
    """What is unlike the face on `area` pixels in one piece `where` it counts, and what it is a part of."""
    count, labels, areas, _ = cv2.connectedComponentsWithStats(((unlike > limit) & where).astype(np.uint8))
    sure = np.isin(labels, [one for one in range(1, count) if areas[one, cv2.CC_STAT_AREA] >= area])
    if not sure.any():
        return None
    perhaps = ((unlike > _PERHAPS * limit) & head).astype(np.uint8)
    _, labels = cv2.connectedComponents(cv2.morphologyEx(perhaps, cv2.MORPH_CLOSE, _disc(_CLOSING)))
    found = np.isin(labels, np.unique(labels[sure])) & (labels > 0)
    if not found.any():
        return None
    grown = cv2.dilate(found.astype(np.uint8) * 255, _disc(_MARGIN))
    return np.maximum(grown, cv2.GaussianBlur(cv2.dilate(grown, _disc(_MARGIN)), (0, 0), _BLUR))


def _insides(aligned: AlignedClip, stretch: range) -> Iterator[Bool[np.ndarray, "128 128"]]:
    """Where each crop shows skin of the face: between brows and jaw, without what expressions move most."""
    scale = SIDE / aligned.crops.shape[1]
    for n in stretch:
        matrix = np.linalg.inv(aligned.frame_from_crop[n])
        points = ((apply(matrix, aligned.landmarks[n] + 0.5)) * scale - 0.5).astype(np.float32)
        face, features = np.zeros((2, SIDE, SIDE), np.uint8)
        cv2.fillConvexPoly(face, cv2.convexHull(np.rint(points).astype(np.int32)), (1,))
        for part in FEATURES:
            cv2.fillConvexPoly(features, cv2.convexHull(np.rint(points[part]).astype(np.int32)), (1,))
        face = cv2.erode(face, _disc(_INSIDE), borderType=cv2.BORDER_CONSTANT, borderValue=(0,))
        yield (face > 0) & (cv2.dilate(features, _disc(_AROUND_FEATURES)) == 0)


def _view(crop: UInt8[np.ndarray, "S S 3"]) -> Float32[np.ndarray, "128 128 3"]:
    colours = cv2.cvtColor(_small(np.asarray(crop)).astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return cv2.GaussianBlur(colours, (0, 0), _FINE_BLUR)


def _small(image: np.ndarray) -> np.ndarray:
    return image if image.shape[0] == SIDE else cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def _disc(diameter: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (diameter, diameter))
