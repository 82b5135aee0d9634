"""How much the edit changed, and that it changed nothing else."""

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from stitch_exp.metrics.base import Metric, PerFrame
from stitch_exp.metrics.observation import Observation
from stitch_exp.types import Better, EditedLatents, MetricResult, WPlus


class BackgroundChange(Metric):
    """Largest absolute difference of any channel outside the paste mask, in 8-bit levels: must be 0.

    Outside means more than two crop pixels from the mask, the reach of the widest interpolation. A frame without a
    paste mask was passed through and must be unchanged everywhere. The value is the maximum over frames. Measured
    before the codec. Range [0, 255], lower is better.
    """

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
        value = float(curve.max()) if curve.size else float("nan")
        return (MetricResult("background_change", value, "levels", "lower", curve),)


class MeanChange(PerFrame):
    """Mean absolute difference of two pictures of a frame inside a mask, in 8-bit levels. Range [0, 255].

    `EDIT`: the edited crop against the inversion inside the head, which is what the edit alone did, free of
    reconstruction error. 0 means nothing was edited, so a high consistency score beside it is worthless; neither
    direction is better by itself.

    `STITCH`: the stitched against the edited crop inside the head, which is what stitching did to the face it should
    leave alone. Lower is better: a seam that is gone because the face was repainted shows here.

    `FACE`: the edited against the source frame inside the paste mask, or inside the convex hull of the landmarks when
    only two videos are at hand. Contains the reconstruction error; neither direction is better by itself.

    Args:
        name: Of the result.
        better: The direction that is better.
        inputs: Fields of `Observation`: one picture, the other, the mask (bool, or 0 to 255).
    """

    def __init__(self, name: str, better: Better, inputs: tuple[str, str, str]) -> None:
        super().__init__(name=name, unit="levels", better=better, inputs=inputs)

    def measure(
        self,
        before: UInt8[np.ndarray, "H W 3"],
        after: UInt8[np.ndarray, "H W 3"],
        mask: Bool[np.ndarray, "H W"] | UInt8[np.ndarray, "H W"],
    ) -> float:
        return mean_change(before, after, mask if mask.dtype == bool else mask > 127)


EDIT = ("edit_change", "none", ("inversion", "edited_crop", "crop_foreground"))
STITCH = ("stitch_change", "lower", ("edited_crop", "stitched_crop", "crop_foreground"))
FACE = ("face_change", "none", ("source", "edited", "region"))


def mean_change(a: UInt8[np.ndarray, "H W 3"], b: UInt8[np.ndarray, "H W 3"], inside: Bool[np.ndarray, "H W"]) -> float:
    """Mean absolute difference of two images inside a region; NaN when the region is empty."""
    change = np.abs(a[inside].astype(np.int16) - b[inside])
    return float(change.mean()) if change.size else float("nan")


def latent_distance(pivots: Float[Tensor, "N L D"], edited: EditedLatents) -> MetricResult:
    """Mean over frames and rows of |w_edited - w_pivot| (Euclidean, W+): the length of the step the edit took.

    0 means no edit. NaN for StyleSpace edits, which do not live in W+. Neither direction is better by itself.
    """
    name, unit = "latent_distance", "W+"
    if not isinstance(edited.latents, WPlus):
        return MetricResult(name, float("nan"), unit, "none", None, "undefined: the edit lives in StyleSpace")
    with torch.no_grad():
        step = (edited.latents.codes.cpu() - pivots.cpu()).norm(dim=-1)
    return MetricResult(name, float(step.mean()), unit, "none")
