"""Things in front of the face (hands, microphones, hair): found by comparison with frames that show the face whole.

A generator draws faces, and what passes before one it takes for a part of it: an edit would tint and bend the hand.
A frame is compared with the frames of its shot that the inversions explain best. A face that turns, speaks or laughs
is that face again once it has been moved a little and its light evened out; a hand is not.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from jaxtyping import Bool, Float32, UInt8

from stitch_exp.composite import likeness
from stitch_exp.composite.likeness import SIDE, small
from stitch_exp.faces.in_crops import crop_landmarks_of
from stitch_exp.types import AlignedClip, TunedGenerator, Workspace

log = logging.getLogger("stitch_exp")

_MOST_FRAMES, _LEAST_FRAMES = 240, 5
_WHOLE, _NUM_WHOLE, _LEAST_WHOLE = 1 / 3, 7, 4
_UNLIKE, _USUAL_TIMES = 8.0, 1.25
_SURE_AREA, _LIKELY_AREA = 180, 60

Heads = Callable[[int], UInt8[np.ndarray, "S S"]]
"""`heads(n)` is the head in crop n, 0 to 255."""


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
    parts = stretches(aligned)
    looks = 2 * sum(map(len, parts))
    ticks = iter(work.track(range(looks), "looking before the face", looks))
    for numbers in parts:
        found = _everywhere(Stretch(numbers, aligned, tuned), lambda n: np.asarray(foreground[n]), ticks)
        masks |= found.masks
        shares |= found.shares
    next(ticks, None)
    if shares:
        log.info("something stands in front of the face in %d frames and stays as filmed there", len(shares))
    return Occluders(masks, shares)


def stretches(aligned: AlignedClip) -> list[range]:
    """Numbers of the crops of each shot, in parts that light and clothes outlast; none where there are too few."""
    shots = np.searchsorted(aligned.cuts, aligned.frame_index, side="right")
    parts = []
    for shot in np.unique(shots):
        first, last = np.flatnonzero(shots == shot)[[0, -1]]
        count = int(last - first) + 1
        edges = np.linspace(first, last + 1, -(-count // _MOST_FRAMES) + 1).astype(int)
        parts += [range(low, high) for low, high in itertools.pairwise(edges.tolist()) if high - low >= _LEAST_FRAMES]
    return parts


class Stretch:
    """What the crops of one stretch look like, found out when it is asked for and then remembered.

    Args:
        numbers: Of its crops, as in `stretches`.
        aligned: As for `occluders`, as the next one.
        tuned: Its inversions.
    """

    def __init__(self, numbers: range, aligned: AlignedClip, tuned: TunedGenerator) -> None:
        self.numbers = numbers
        self._aligned, self._tuned = aligned, tuned
        self._small: dict[int, UInt8[np.ndarray, "128 128 3"]] = {}
        self._insides: dict[int, Bool[np.ndarray, "128 128"]] = {}
        self._errors: dict[int, float] = {}
        self._unlike: dict[int, Float32[np.ndarray, "128 128"]] = {}

    def error(self, n: int) -> float:
        """How badly the inversion explains a crop."""
        if n not in self._errors:
            inversion = likeness.view(small(np.asarray(self._tuned.inversions[n])))
            self._errors[n] = likeness.error(self._view(n), inversion, self.inside(n))
        return self._errors[n]

    def unlike(self, n: int) -> Float32[np.ndarray, "128 128"]:
        """How unlike the face each place of a crop looks."""
        if n not in self._unlike:
            self._unlike[n] = likeness.difference(self._view(n), n, self._whole, self.inside(n))
        return self._unlike[n]

    def inside(self, n: int) -> Bool[np.ndarray, "128 128"]:
        """Where a crop shows skin of the face."""
        if n not in self._insides:
            scale = SIDE / self._aligned.crops.shape[1]
            points = (crop_landmarks_of(self._aligned, n) + 0.5) * scale - 0.5
            self._insides[n] = likeness.skin_inside(points)
        return self._insides[n]

    @cached_property
    def limit(self) -> float:
        """What is less unlike is the face."""
        return max(_UNLIKE, _USUAL_TIMES * likeness.usual(self._whole, {n: self.inside(n) for n in self._whole}))

    @cached_property
    def _whole(self) -> dict[int, Float32[np.ndarray, "128 128 3"]]:
        """Crops that show the face whole, spread over the stretch: those that their inversions resemble most."""
        errors = np.array([self.error(n) for n in self.numbers])
        best = np.sort(np.argsort(errors, kind="stable")[: max(_LEAST_WHOLE, round(_WHOLE * len(errors)))])
        spread = np.linspace(0, len(best) - 1, min(_NUM_WHOLE, len(best))).round().astype(int)
        return {n: self._view(n) for n in (self.numbers[place] for place in best[spread])}

    def _view(self, n: int) -> Float32[np.ndarray, "128 128 3"]:
        # The small crop is remembered, 49 kB; its view is four times as large and quickly made.
        if n not in self._small:
            self._small[n] = small(np.asarray(self._aligned.crops[n]))
        return likeness.view(self._small[n])


class Search:
    """Where something stands in front: surely, or likely and next to where it surely does in a neighbouring crop.

    Each crop costs a look at it alone, unless something may stand there: then at its neighbours, too.

    Args:
        stretch: Where to look.
        heads: The head in each crop.
    """

    def __init__(self, stretch: Stretch, heads: Heads) -> None:
        self._stretch, self._heads_of = stretch, heads
        self._heads: dict[int, Bool[np.ndarray, "128 128"]] = {}
        self._sure: dict[int, UInt8[np.ndarray, "128 128"] | None] = {}
        self._found: dict[int, dict[int, UInt8[np.ndarray, "128 128"] | None]] = {-1: {}, 1: {}}

    def mask(self, n: int) -> UInt8[np.ndarray, "128 128"] | None:
        """Opacity of what stands before the face in crop `n`, 0 to 255; None where nothing does."""
        return self._with_neighbours(n, 1, lambda m: self._with_neighbours(m, -1, self.sure))

    def head(self, n: int) -> Bool[np.ndarray, "128 128"]:
        """The head in crop `n`."""
        if n not in self._heads:
            self._heads[n] = small(self._heads_of(n)) > 127
        return self._heads[n]

    def sure(self, n: int) -> UInt8[np.ndarray, "128 128"] | None:
        """What stands there by the look of the crop alone."""
        if n not in self._sure:
            self._sure[n] = self._outline(n, self._stretch.inside(n), _SURE_AREA)
        return self._sure[n]

    def _with_neighbours(
        self, n: int, step: int, own: Callable[[int], UInt8[np.ndarray, "128 128"] | None]
    ) -> UInt8[np.ndarray, "128 128"] | None:
        """`own` of crop n; where that is None, what is likely beside what was found in the crop a step away."""
        found, end = self._found[step], n
        while end not in found and end + step in self._stretch.numbers and own(end) is None and self._may_be(end):
            end += step
        for m in range(end, n - step, -step):
            if m not in found:
                mask, near = own(m), found.get(m + step)
                if mask is None and near is not None:
                    mask = self._outline(m, self.head(m) & (near > 0), _LIKELY_AREA)
                found[m] = mask
        return found[n]

    def _may_be(self, n: int) -> bool:
        stretch = self._stretch
        return bool(likeness.pieces(stretch.unlike(n), stretch.limit, self.head(n), _LIKELY_AREA).any())

    def _outline(self, n: int, where: np.ndarray, area: int) -> UInt8[np.ndarray, "128 128"] | None:
        unlike, limit = self._stretch.unlike(n), self._stretch.limit
        if not likeness.pieces(unlike, limit, where, area).any():
            return None  # without asking for the head
        return likeness.outline(unlike, limit, self.head(n), where, area)


def in_front_of(n: int, search: Search) -> Occluders:
    """What stands before the face in one crop."""
    mask = search.mask(n)
    if mask is None:
        return NOTHING
    return Occluders({n: mask}, {n: float((mask[search.head(n)] > 127).mean())})


def _everywhere(stretch: Stretch, heads: Heads, ticks: Iterator[int]) -> Occluders:
    """In all crops of a stretch."""
    search = Search(stretch, heads)
    for n, _ in zip(stretch.numbers, ticks, strict=False):
        stretch.error(n)
    for n, _ in zip(stretch.numbers, ticks, strict=False):
        search.sure(n)
    found = [in_front_of(n, search) for n in stretch.numbers]
    return Occluders(
        {n: mask for one in found for n, mask in one.masks.items()},
        {n: share for one in found for n, share in one.shares.items()},
    )
