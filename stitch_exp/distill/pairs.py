"""Pairs to learn from: what was filmed, and what the whole method makes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
from jaxtyping import UInt8

from stitch_exp.faces.in_crops import as_own_frames, crop_landmarks
from stitch_exp.types import AlignedClip, Clip, EditedClip, EditPairs, StitchedCrops, TunedGenerator, Workspace

Composite = Callable[[Clip, AlignedClip, TunedGenerator, StitchedCrops, Workspace], EditedClip]


class _Crops:
    """The crops as a frame source."""

    def __init__(self, crops: UInt8[np.ndarray, "N S S 3"]) -> None:
        self._crops = crops

    def __len__(self) -> int:
        return len(self._crops)

    def __getitem__(self, index: int) -> UInt8[np.ndarray, "S S 3"]:
        return np.array(self._crops[index])

    def __iter__(self):
        return (self[index] for index in range(len(self)))


@dataclass(frozen=True, slots=True)
class Pairing:
    """Composes every crop at every strength, as the composite stage would compose it in the frame.

    Args:
        composite: The run's composite stage. Each crop is its frame here, so that all its rules count: what it leaves
            as filmed, the network learns to leave as filmed.
        shares: The strengths, as shares of the run's own.
        most_px: Pairs of larger crops are averaged down to this side.
    """

    composite: Composite
    shares: Sequence[float]
    most_px: int

    def __call__(
        self, aligned: AlignedClip, tuned: TunedGenerator, stitched: Sequence[StitchedCrops], work: Workspace
    ) -> EditPairs:
        """Pairs of all crops.

        Args:
            aligned: The run's crops.
            tuned: The run's generator.
            stitched: For each strength, in the same order, what stitching made.
            work: Room and progress.
        """
        clip, upright = _as_frames(aligned)
        count, side = len(aligned.crops), self._side(aligned)
        sources = work.allocate("sources", (count, side, side, 3))
        targets = work.allocate("targets", (len(self.shares), count, side, side, 3))
        masks = work.allocate("masks", (count, side, side))
        for n in range(count):
            sources[n] = _reduced(np.asarray(aligned.crops[n]), side)
        for k, crops in enumerate(stitched):
            frames = self.composite(clip, upright, tuned, crops, work).clip.frames
            for n, frame in enumerate(work.track(frames, "composing pairs", count)):
                targets[k, n] = _reduced(frame, side)
                masks[n] = np.maximum(masks[n], _reduced(np.asarray(crops.foreground[n]), side))
        landmarks = (upright.landmarks + 0.5) * (side / aligned.crops.shape[1]) - 0.5
        return EditPairs(sources, targets, masks, np.array(self.shares, np.float64), landmarks)

    def nothing(self, aligned: AlignedClip) -> EditPairs:
        """Pairs of none of these crops."""
        side, count = self._side(aligned), len(self.shares)
        sources, masks = np.empty((0, side, side, 3), np.uint8), np.empty((0, side, side), np.uint8)
        targets = np.empty((count, *sources.shape), np.uint8)
        return EditPairs(sources, targets, masks, np.array(self.shares, np.float64), np.empty((0, 68, 2)))

    def _side(self, aligned: AlignedClip) -> int:
        return min(self.most_px, aligned.crops.shape[1])


def _as_frames(aligned: AlignedClip) -> tuple[Clip, AlignedClip]:
    """The crops as a clip of their own, and how that clip is aligned: each crop fills its frame."""
    count, side = aligned.crops.shape[:2]
    clip = Clip("crops", _Crops(aligned.crops), side, side, Fraction(25), np.arange(count), Fraction(1, 25))
    return clip, as_own_frames(aligned.crops, crop_landmarks(aligned))


def _reduced(image: np.ndarray, side: int) -> np.ndarray:
    return image if image.shape[0] == side else cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
