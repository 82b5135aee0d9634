"""How much the edit changed, and that it changed nothing else."""

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from stitch_exp.metrics.base import Metric, PerFrame
from stitch_exp.metrics.observation import Observation
from stitch_exp.types import EditedLatents, MetricResult, WPlus


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


class EditChange(PerFrame):
    """Mean absolute difference between the edited crop and the inversion inside the head, in 8-bit levels.

    What the edit alone did, free of reconstruction error. 0 means nothing was edited, so a high consistency score
    beside it is worthless. Range [0, 255]; neither direction is better by itself.
    """

    def __init__(self) -> None:
        inputs = ("inversion", "edited_crop", "crop_foreground")
        super().__init__(name="edit_change", unit="levels", better="none", inputs=inputs)

    def measure(
        self,
        inversion: UInt8[np.ndarray, "S S 3"],
        edited: UInt8[np.ndarray, "S S 3"],
        foreground: UInt8[np.ndarray, "S S"],
    ) -> float:
        return mean_change(inversion, edited, foreground > 127)


class StitchChange(PerFrame):
    """Mean absolute difference between the stitched and the edited crop inside the head, in 8-bit levels.

    What stitching did to the face it should leave alone. Range [0, 255], lower is better: a seam that is gone because
    the face was repainted shows here.
    """

    def __init__(self) -> None:
        inputs = ("edited_crop", "stitched_crop", "crop_foreground")
        super().__init__(name="stitch_change", unit="levels", better="lower", inputs=inputs)

    def measure(
        self,
        edited: UInt8[np.ndarray, "S S 3"],
        stitched: UInt8[np.ndarray, "S S 3"],
        foreground: UInt8[np.ndarray, "S S"],
    ) -> float:
        return mean_change(edited, stitched, foreground > 127)


class FaceChange(PerFrame):
    """Mean absolute difference between edited and source frame inside the face region, in 8-bit levels.

    The region is the paste mask, or the convex hull of the landmarks when only two videos are at hand. Contains the
    reconstruction error. Range [0, 255]; neither direction is better by itself.
    """

    def __init__(self) -> None:
        super().__init__(name="face_change", unit="levels", better="none", inputs=("source", "edited", "region"))

    def measure(
        self,
        source: UInt8[np.ndarray, "H W 3"],
        edited: UInt8[np.ndarray, "H W 3"],
        region: Bool[np.ndarray, "H W"],
    ) -> float:
        return mean_change(source, edited, region)


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
