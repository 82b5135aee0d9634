"""The seam: what the paste border shows that the source did not."""

import numpy as np
from jaxtyping import Bool, Float, UInt8

from stitch_exp.measures.base import PerFrame
from stitch_exp.measures.quantity import Quantity

SEAM = "Seam and background"


class SeamError(PerFrame):
    """Gradient discontinuity along the paste border, in 8-bit levels; 0 is invisible, lower is better.

    For every pair of neighbouring pixels p (inside the mask, M > 0.5) and q (outside),

        seam = mean over pairs and channels of | (E_p - E_q) - (S_p - S_q) |,

    the step across the border that the edited frame E has and the source frame S has not. For a hard paste on an
    untouched background it equals |E_p - S_p|. A wide feather hides its mismatch from this number: read it beside the
    border error. Range [0, 510].

    Reference: our definition; the paper judges seams by eye.
    """

    word, inputs = "seam", ("source", "edited", "mask")
    quantities = (
        Quantity(
            name="seam_error", title="Seam", meaning="Step across the paste border that the source has not.",
            group=SEAM, unit="levels", better="lower", chart="Seam", column=True, headline=True, watched=True,
        ),
    )  # fmt: skip

    def measure(
        self,
        source: UInt8[np.ndarray, "H W 3"],
        edited: UInt8[np.ndarray, "H W 3"],
        mask: Float[np.ndarray, "H W"],
    ) -> float:
        return border_step(source, edited, mask > 0.5)


class HeadSeam(PerFrame):
    """`SeamError` measured along the head's own outline: shows the halo of composites that stay inside the head."""

    word, inputs = "seam", ("source", "edited", "foreground")
    quantities = (
        Quantity(
            name="head_seam", title="Head outline", meaning="The same step along the head's own outline.", group=SEAM,
            unit="levels", better="lower", chart="Seam", column=True,
        ),
    )  # fmt: skip

    def measure(
        self,
        source: UInt8[np.ndarray, "H W 3"],
        edited: UInt8[np.ndarray, "H W 3"],
        foreground: Float[np.ndarray, "H W"],
    ) -> float:
        return border_step(source, edited, foreground > 0.5)


class _CropSeam(PerFrame):
    """`SeamError` of a hard paste at crop resolution: what stitching does to the seam, whatever the composite."""

    def measure(
        self,
        crop: UInt8[np.ndarray, "S S 3"],
        edited: UInt8[np.ndarray, "S S 3"],
        mask: UInt8[np.ndarray, "S S"],
    ) -> float:
        inside = mask > 127
        return border_step(crop, np.where(inside[..., None], edited, crop), inside)


class SeamBefore(_CropSeam):
    """The seam of the edited crop, before stitching."""

    word, inputs = "seam", ("crop", "edited_crop", "crop_mask")
    quantities = (
        Quantity(
            name="seam_crop_before", title="Seam before stitching", meaning="Of a hard paste at crop size.",
            group=SEAM, unit="levels", better="lower",
        ),
    )  # fmt: skip


class SeamAfter(_CropSeam):
    """The seam of the stitched crop."""

    word, inputs = "seam", ("crop", "stitched_crop", "crop_mask")
    quantities = (
        Quantity(
            name="seam_crop_after", title="Seam after stitching", meaning="Of a hard paste at crop size.", group=SEAM,
            unit="levels", better="lower",
        ),
    )  # fmt: skip


class _AsReported(PerFrame):
    """A number that the stitching stage itself reports of each frame."""

    def measure(self, reported: float) -> float:
        return reported


class HairLeak(_AsReported):
    """Share of the edited head that lies outside the source's paste mask and would be cut off. Range [0, 1], lower."""

    word, inputs = "hair_leak", ("leak",)
    quantities = (
        Quantity(
            name="hair_leak", title="Hair leak", meaning="Share of the edited head outside the source's mask.",
            group=SEAM, unit="share", better="lower", column=True, watched=True,
        ),
    )  # fmt: skip


class BorderBefore(_AsReported):
    """Masked squared error of the edited crop against the source on the border ring: the stitching loss before."""

    word, inputs = "seam", ("border_before",)
    quantities = (
        Quantity(
            name="border_before", title="Border error before",
            meaning="Masked squared error on the ring, edited crop.", group=SEAM, unit="squared error", better="lower",
            chart="Border error, before and after stitching",
        ),
    )  # fmt: skip


class BorderAfter(_AsReported):
    """Masked squared error of the stitched crop against the source on the border ring: the stitching loss after."""

    word, inputs = "seam", ("border_after",)
    quantities = (
        Quantity(
            name="border_after", title="Border error after",
            meaning="Masked squared error on the ring, stitched crop.", group=SEAM, unit="squared error",
            better="lower", chart="Border error, before and after stitching",
        ),
    )  # fmt: skip


class StitchingSteps(_AsReported):
    """Generator updates that stitching spent on a frame: a cost, so neither direction is better by itself."""

    word, inputs = "seam", ("steps",)
    quantities = (
        Quantity(
            name="stitching_steps", title="Stitching steps", meaning="Generator updates spent on a frame.", group=SEAM,
            unit="steps",
        ),
    )  # fmt: skip


def border_step(
    source: UInt8[np.ndarray, "H W 3"], edited: UInt8[np.ndarray, "H W 3"], inside: Bool[np.ndarray, "H W"]
) -> float:
    """Mean change of the step across the outline of `inside`; NaN when the outline lies outside the image."""
    change = edited.astype(np.float32) - source.astype(np.float32)
    steps = [np.abs(np.diff(change, axis=axis))[np.diff(inside.astype(np.int8), axis=axis) != 0] for axis in (0, 1)]
    every = np.concatenate(steps)
    return float(every.mean()) if every.size else float("nan")
