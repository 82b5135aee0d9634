"""Against ground truth: clips that the generator made say what their pivots, edited frames and borders should be."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from stitch_exp.measures.base import PerFrame
from stitch_exp.measures.observation import Observation
from stitch_exp.measures.quantity import Quantity
from stitch_exp.types import AlignedClip, Clip, EditedLatents, GroundTruth, TunedGenerator, WPlus

TRUTH = "Against ground truth"
_BORDER_PART = 0.06


class PivotError(PerFrame):
    """|w_pivot - w_true| / |w_true| over all rows of W+; 0 is perfect, lower is better."""

    word, inputs, by_default = "truth", ("pivot", "true_code"), False
    quantities = (
        Quantity(
            name="pivot_error", title="Pivot error", meaning="Distance to the true code, by its length.", group=TRUTH,
            better="lower", chart="Error of the pivots", column=True,
        ),
    )  # fmt: skip

    def measure(self, pivot: Float[Tensor, "L D"], true_code: Float[Tensor, "L D"]) -> float:
        return float((pivot - true_code).norm() / true_code.norm())


class EditError(PerFrame):
    """Root mean square difference, in levels, to the truly edited frame where the face is opaque; 0 is perfect.

    The truly edited frame is the scene with the face of the true code plus the step that the edit took in W+. What is
    measured is thus how well the edit was carried out, not how much was asked for: compare at equal `latent_distance`.
    """

    word, inputs, by_default = "truth", ("edited", "true_edited", "true_head"), False
    quantities = (
        Quantity(
            name="edit_error", title="Edit error", meaning="Difference to the true edit on the face.", group=TRUTH,
            unit="levels", better="lower", chart="Error against the true edit", column=True, watched=True,
        ),
    )  # fmt: skip

    def measure(
        self, edited: UInt8[np.ndarray, "H W 3"], true: UInt8[np.ndarray, "H W 3"], head: Float[np.ndarray, "H W"]
    ) -> float:
        return rms(edited, true, (head >= 0.5) & ~border(head))


class BorderError(PerFrame):
    """The same on the border: a ring on both sides of the outline, of 6 % of the head's height in all."""

    word, inputs, by_default = "truth", ("edited", "true_edited", "true_head"), False
    quantities = (
        Quantity(
            name="border_error", title="Border error", meaning="Difference to the true edit on the outline.",
            group=TRUTH, unit="levels", better="lower", chart="Error against the true edit", column=True,
        ),
    )  # fmt: skip

    def measure(
        self, edited: UInt8[np.ndarray, "H W 3"], true: UInt8[np.ndarray, "H W 3"], head: Float[np.ndarray, "H W"]
    ) -> float:
        return rms(edited, true, border(head))


def rms(a: UInt8[np.ndarray, "H W 3"], b: UInt8[np.ndarray, "H W 3"], inside: Bool[np.ndarray, "H W"]) -> float:
    """Root mean square difference of the pixels inside, in levels; NaN where there are none."""
    if not inside.any():
        return float("nan")
    return float(np.sqrt(np.square(a[inside].astype(np.float64) - b[inside]).mean()))


def border(head: Float[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """Pixels near the outline of the head."""
    inside = (head >= 0.5).astype(np.uint8)
    radius = max(1, round(_BORDER_PART / 2.0 * np.count_nonzero(inside.any(axis=1))))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return cv2.dilate(inside, disc) != cv2.erode(inside, disc)


class Answers:
    """Adds the right answers to observations of a clip that the generator made."""

    def __init__(self, truth: GroundTruth, aligned: AlignedClip, tuned: TunedGenerator, edited: EditedLatents) -> None:
        self._truth, self._pivots = truth, tuned.pivots.cpu()
        self._codes = edited.latents.codes.cpu() if isinstance(edited.latents, WPlus) else None
        self._face_of = {int(frame): face for face, frame in enumerate(aligned.frame_index)}

    def add(self, frame: Observation, index: int) -> Observation:
        """The observation of frame `index` with what it should be; the same if it has no face."""
        face, true = self._face_of.get(index), self._truth.code(index)
        if face is None or self._pivots[face].shape != true.shape:
            return frame
        known = replace(frame, pivot=self._pivots[face], true_code=true)
        if self._codes is None:
            return known
        step = self._codes[face] - self._pivots[face]
        return replace(known, true_edited=self._truth.render(index, true + step), true_head=self._truth.head(index))


def answers(clip: Clip, aligned: AlignedClip, tuned: TunedGenerator, edited: EditedLatents) -> Answers | None:
    """The right answers, if the clip has them."""
    return None if clip.truth is None else Answers(clip.truth, aligned, tuned, edited)
