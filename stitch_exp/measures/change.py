"""How much the edit changed, and that it changed nothing else."""

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from stitch_exp.measures.base import Metric, PerFrame
from stitch_exp.measures.observation import Observation
from stitch_exp.measures.quantity import Quantity
from stitch_exp.types import EditedLatents, MetricResult, WPlus

EDITED = "How much was edited"


class BackgroundChange(Metric):
    """Largest absolute difference of any channel outside the paste mask, in 8-bit levels: must be 0.

    Outside means more than two crop pixels from the mask, the reach of the widest interpolation. A frame without a
    paste mask was passed through and must be unchanged everywhere. The value is the maximum over frames. Measured
    before the codec. Range [0, 255], lower is better.
    """

    word, inputs = "background", ("source", "edited", "touched")
    quantities = (
        Quantity(
            name="background_change", title="Background change", meaning="Largest change outside the mask; must be 0.",
            group="Seam and background", unit="levels", better="lower", column=True,
        ),
    )  # fmt: skip

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.values: list[float] = []

    def update(self, frame: Observation) -> None:
        if frame.source is None or frame.edited is None:
            raise ValueError("background change needs the source and the edited frame")
        change = np.abs(frame.edited.astype(np.int16) - frame.source).max(axis=-1)
        outside = change if frame.touched is None else change[~frame.touched]
        self.values.append(float(outside.max()) if outside.size else 0.0)

    def compute(self) -> tuple[MetricResult, ...]:
        curve = np.asarray(self.values, np.float64)
        return (self.quantities[0].result(float(curve.max()) if curve.size else float("nan"), curve),)


class _MeanChange(PerFrame):
    """Mean absolute difference of two pictures of a frame inside a mask, in 8-bit levels. Range [0, 255].

    `inputs`: one picture, the other, the mask (bool, or 0 to 255).
    """

    def measure(
        self,
        before: UInt8[np.ndarray, "H W 3"],
        after: UInt8[np.ndarray, "H W 3"],
        mask: Bool[np.ndarray, "H W"] | UInt8[np.ndarray, "H W"],
    ) -> float:
        return mean_change(before, after, mask if mask.dtype == bool else mask > 127)


class EditChange(_MeanChange):
    """The edited crop against the inversion inside the head: what the edit alone did, free of reconstruction error.

    0 means nothing was edited, so a high consistency score beside it is worthless; neither direction is better by
    itself.
    """

    word, inputs = "edit_strength", ("inversion", "edited_crop", "crop_foreground")
    quantities = (
        Quantity(
            name="edit_change", title="Edit change", meaning="Edited crop against inversion, inside the head.",
            group=EDITED, unit="levels", chart="Edit", column=True, headline=True,
        ),
    )  # fmt: skip


class StitchChange(_MeanChange):
    """The stitched against the edited crop inside the head: what stitching did to the face it should leave alone.

    Lower is better: a seam that is gone because the face was repainted shows here.
    """

    word, inputs = "seam", ("edited_crop", "stitched_crop", "crop_foreground")
    quantities = (
        Quantity(
            name="stitch_change", title="Face changed by stitching",
            meaning="Stitched against edited crop, inside the head.", group="Seam and background", unit="levels",
            better="lower", column=True,
        ),
    )  # fmt: skip


class FaceChange(_MeanChange):
    """The edited against the source frame inside the paste mask, or inside the hull of the landmarks of two videos.

    Contains the reconstruction error; neither direction is better by itself.
    """

    word, inputs = "edit_strength", ("source", "edited", "region")
    quantities = (
        Quantity(
            name="face_change", title="Face change", meaning="Edited frame against source, inside the mask.",
            group=EDITED, unit="levels", chart="Edit", column=True,
        ),
    )  # fmt: skip


class LatentStep(Metric):
    """Mean over frames and rows of |w_edited - w_pivot| (Euclidean, W+): the length of the step the edit took.

    0 means no edit. NaN for StyleSpace edits, which do not live in W+. Neither direction is better by itself.
    """

    word, inputs = "edit_strength", ("latent_step",)
    quantities = (
        Quantity(
            name="latent_distance", title="Latent step", meaning="Length of the step in W+.", group=EDITED, unit="W+",
        ),
    )  # fmt: skip

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.steps: list[Float[Tensor, " L"]] = []

    def update(self, frame: Observation) -> None:
        if frame.latent_step is not None:
            self.steps.append(frame.latent_step)

    def compute(self) -> tuple[MetricResult, ...]:
        if not self.steps:
            note = "undefined: no step in W+ (a StyleSpace edit, or no face)"
            return (self.quantities[0].result(float("nan"), note=note),)
        return (self.quantities[0].result(float(torch.stack(self.steps).mean())),)


def mean_change(a: UInt8[np.ndarray, "H W 3"], b: UInt8[np.ndarray, "H W 3"], inside: Bool[np.ndarray, "H W"]) -> float:
    """Mean absolute difference of two images inside a region; NaN when the region is empty."""
    change = np.abs(a[inside].astype(np.int16) - b[inside])
    return float(change.mean()) if change.size else float("nan")


def latent_steps(pivots: Float[Tensor, "N L D"], edited: EditedLatents) -> Float[Tensor, "N L"] | None:
    """Length of the edit's step of each frame in each row of W+; None for edits in StyleSpace."""
    if not isinstance(edited.latents, WPlus):
        return None
    with torch.no_grad():
        return (edited.latents.codes.cpu() - pivots.cpu()).norm(dim=-1)
