"""Hair that the edit grows, cuts or moves: where it is pasted, and where it goes over to the filmed hair."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from stitch_exp.ops.chips import JAW_CORNERS, along, face_axes
from stitch_exp.ops.feather import smooth_step

CHIN, BRIDGE, BASE = 8, 28, 33
SLIVER = 1 / 64
"""Of the side: what is narrower is a difference of opinion about the hairline, and no exchange."""
STRIP = 1 / 12
"""Of the side: new hair below the ears that is narrower comes and goes with the parser's mood, and is not shown."""
CHANGED = (3.0, 9.0)
"""Levels of change from which and at which an exchange is believed."""
STRANDS = 1 / 24
"""Of the side: what is smaller in hair is strands and what hangs in them, what is larger is its colour and light."""


@dataclass(frozen=True)
class Hair:
    """What becomes of the filmed hair of one crop.

    Args:
        before: Hair of the source, 0 to 255.
        after: Hair of the edited crop, 0 to 255.
        landmarks: Of the source, in pixel indices of the crop.
    """

    before: UInt8[np.ndarray, "S S"]
    after: UInt8[np.ndarray, "S S"]
    landmarks: Float[np.ndarray, "68 2"]

    def exchanged(self, amount: Float32[np.ndarray, "S S"]) -> Float32[np.ndarray, "S S"]:
        """1 where hair took the place of something else or gave way to it, with soft edges; 0 elsewhere.

        A change that is added to the frame there would show the ear, collar or strand that went through what is new.
        Where nothing changed nothing was exchanged, whatever the outlines say: no edit stays the filmed frame.

        Args:
            amount: Of the change around each pixel, in levels.
        """
        kernel = self._kernel(SLIVER)
        wide = cv2.dilate(cv2.morphologyEx(cv2.absdiff(self.before, self.after), cv2.MORPH_OPEN, kernel), kernel)
        return self._soft(wide.astype(np.float32) / 255) * smooth_step(amount, *CHANGED)

    def with_filmed_strands(self, change: Float32[np.ndarray, "S S 3"]) -> Float32[np.ndarray, "S S 3"]:
        """The change, but in hair that stays and hangs below the ears its colour and light alone.

        Earrings that come with an edit hang there, and are hair to a parser.
        """
        both = cv2.min(self.before, self.after).astype(np.float32) / 255
        share = self._soft(both * self._below_ears)[..., None]
        if not share.any():
            return change
        sigma = STRANDS * len(change)
        weight = cv2.GaussianBlur(both, (0, 0), sigma)[..., None]
        smooth = cv2.GaussianBlur(change * both[..., None], (0, 0), sigma) / np.maximum(weight, 1e-3)
        return change + share * (smooth - change)

    def strips(self) -> Float32[np.ndarray, "S S"]:
        """1 where the edit grows narrow strips of hair below the ears, with soft edges; 0 elsewhere."""
        grown = cv2.bitwise_and(self.after, cv2.bitwise_not(self.before))
        kernel = self._kernel(SLIVER)
        broad = cv2.dilate(cv2.morphologyEx(grown, cv2.MORPH_OPEN, self._kernel(STRIP)), kernel)
        narrow = cv2.dilate(cv2.bitwise_and(grown, cv2.bitwise_not(broad)), kernel)
        return self._soft(narrow.astype(np.float32) / 255 * self._below_ears)

    @cached_property
    def _below_ears(self) -> Float32[np.ndarray, "S S"]:
        """0 above the middle of the nose's bridge, 1 below the nose's base."""
        axes, _ = face_axes(self.landmarks)
        bridge, base = (float(self.landmarks[point] @ axes[1]) for point in (BRIDGE, BASE))
        return smooth_step(along(axes, len(self.before))[1], bridge, max(base, bridge + 1e-3))

    def _kernel(self, width: float) -> np.ndarray:
        return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, 2 * (self._size(width),))

    def _soft(self, share: Float32[np.ndarray, "S S"]) -> Float32[np.ndarray, "S S"]:
        return cv2.GaussianBlur(share, 2 * (self._size(SLIVER),), 0)

    def _size(self, width: float) -> int:
        """A share of the side in pixels, odd and 3 at least."""
        return 2 * max(round(width * len(self.before) / 2), 1) + 1


def hair_fade(landmarks: Float[np.ndarray, "68 2"], side: int) -> Float32[np.ndarray, "S S"]:
    """1 on the head; beside the jaw it falls from 1 at the height of its corners to 0 at the height of the chin.

    Outlines end at the chin, where long hair does not: an edited strand that ended there would be cut straight.
    Everything is measured in the face's own axes.

    Args:
        landmarks: In pixel indices of the crop.
        side: Of the crop.
    """
    axes, _ = face_axes(landmarks)
    corners, chin = landmarks[list(JAW_CORNERS)] @ axes.T, float(landmarks[CHIN] @ axes[1])
    over, down = along(axes, side)
    fade = np.ones((side, side), np.float32)
    for height, beside in zip(corners[:, 1], (over < corners[0, 0], over > corners[1, 0]), strict=True):
        fall = 1 - smooth_step(down, float(height), max(chin, float(height) + 1e-3))
        fade[beside] = fall[beside]
    return fade
