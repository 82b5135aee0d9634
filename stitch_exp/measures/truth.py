"""Against ground truth: clips that the generator made say what their pivots, edited frames and borders should be."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
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


class _FrameError(PerFrame):
    """Root mean square difference, in levels, to the truly edited frame in a part of it."""

    word, inputs, by_default = "truth", ("edited", "true_edited", "true_head"), False

    @abstractmethod
    def inside(self, head: Float[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
        """The part, by the opacity of the head."""

    def measure(
        self, edited: UInt8[np.ndarray, "H W 3"], true: UInt8[np.ndarray, "H W 3"], head: Float[np.ndarray, "H W"]
    ) -> float:
        return rms(edited, true, self.inside(head))


class EditError(_FrameError):
    """Root mean square difference, in levels, to the truly edited frame where the face is opaque; 0 is perfect.

    The truly edited frame is the scene with the face of the true code plus the step that the edit took in W+. What is
    measured is thus how well the edit was carried out, not how much was asked for: compare at equal `latent_distance`.
    """

    quantities = (
        Quantity(
            name="edit_error", title="Edit error", meaning="Difference to the true edit on the face.", group=TRUTH,
            unit="levels", better="lower", chart="Error against the true edit", column=True, watched=True,
        ),
    )  # fmt: skip

    def inside(self, head: Float[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
        return (head >= 0.5) & ~border(head)


class BorderError(_FrameError):
    """The same on the border: a ring on both sides of the outline, of 6 % of the head's height in all."""

    quantities = (
        Quantity(
            name="border_error", title="Border error", meaning="Difference to the true edit on the outline.",
            group=TRUTH, unit="levels", better="lower", chart="Error against the true edit", column=True,
        ),
    )  # fmt: skip

    def inside(self, head: Float[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
        return border(head)


class BackgroundError(_FrameError):
    """The same everywhere else: what an edit of the face changed beside it, and what an encoder lost; 0 is perfect."""

    quantities = (
        Quantity(
            name="background_error", title="Background error", meaning="Difference to the scene beside the head.",
            group=TRUTH, unit="levels", better="lower", chart="Error against the true edit", column=True,
        ),
    )  # fmt: skip

    def inside(self, head: Float[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
        return (head < 0.5) & ~border(head)


class TrueStrength(PerFrame):
    """How far the true edit goes that an edit by another tool is compared with; the same in every frame."""

    word, inputs, by_default = "truth", ("true_strength",), False
    quantities = (
        Quantity(
            name="true_strength", title="Strength of the true edit", meaning="The one that the video is nearest to.",
            group=TRUTH, column=True,
        ),
    )  # fmt: skip

    def measure(self, strength: float) -> float:
        return strength


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


class ForeignAnswers:
    """The right answers for an edit by a tool that knows nothing of W+: the true codes, moved along a direction.

    Every frame takes the same step, as an edit that is held steady does.

    Args:
        truth: What the clip was made of.
        step: The direction, of strength 1.
        strength: How far.
    """

    fields = frozenset({"true_edited", "true_head", "true_strength"})
    """What observations get."""

    def __init__(self, truth: GroundTruth, step: Float[Tensor, "R D"], strength: float) -> None:
        self.truth, self.step, self.strength = truth, step, strength

    def add(self, frame: Observation, index: int) -> Observation:
        """The observation of frame `index` with what it should be."""
        true = true_edit(self.truth, self.step, self.strength, index)
        return replace(frame, true_edited=true, true_head=self.truth.head(index), true_strength=self.strength)


def true_edit(
    truth: GroundTruth, step: Float[Tensor, "R D"], strength: float, index: int
) -> UInt8[np.ndarray, "H W 3"]:
    """Frame `index` of the scene with the face of the true code moved by so much."""
    code = truth.code(index)
    return truth.render(index, code + strength * step.to(code))


def nearest_strength(
    truth: GroundTruth, step: Float[Tensor, "R D"], edited: Mapping[int, UInt8[np.ndarray, "H W 3"]], most: float
) -> float:
    """The strength whose true edit differs least from these frames on the face, by mean square; the same for all.

    Nine strengths are tried first, so that a far minimum is found; golden sections then close in on the best of them,
    to 0.5 % of `most`.

    Args:
        truth: What the clip was made of.
        step: The direction, of strength 1.
        edited: Some edited frames, by their number.
        most: Strengths from `-most` to `most` are tried.
    """
    faces = {index: (head >= 0.5) & ~border(head) for index in edited for head in [truth.head(index)]}

    def distance(strength: float) -> float:
        errors = [
            rms(edited[index], true_edit(truth, step, strength, index), inside) ** 2 for index, inside in faces.items()
        ]
        return float(np.mean(errors))

    tried = np.linspace(-most, most, 9)
    best = float(tried[np.argmin([distance(float(strength)) for strength in tried])])
    return _golden(distance, best - most / 4.0, best + most / 4.0, most / 200.0)


def _golden(distance: Callable[[float], float], low: float, high: float, within: float) -> float:
    """Where a function with one minimum between two numbers has it.

    Reference: Kiefer 1953, "Sequential minimax search for a maximum".
    """
    share = (np.sqrt(5.0) - 1.0) / 2.0
    left, right = high - share * (high - low), low + share * (high - low)
    at_left, at_right = distance(left), distance(right)
    while high - low > within:
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - share * (high - low)
            at_left = distance(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + share * (high - low)
            at_right = distance(right)
    return float((low + high) / 2.0)
