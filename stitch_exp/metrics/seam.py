"""The seam: what the paste border shows that the source did not."""

import numpy as np
from jaxtyping import Bool, Float, UInt8

from stitch_exp.metrics.base import PerFrame


class SeamError(PerFrame):
    """Gradient discontinuity along the paste border, in 8-bit levels; 0 is invisible, lower is better.

    For every pair of neighbouring pixels p (inside the mask, M > 0.5) and q (outside),

        seam = mean over pairs and channels of | (E_p - E_q) - (S_p - S_q) |,

    the step across the border that the edited frame E has and the source frame S has not. For a hard paste on an
    untouched background it equals |E_p - S_p|. A wide feather hides its mismatch from this number: read it beside the
    border error. Range [0, 510].

    Reference: our definition; the paper judges seams by eye.
    """

    def __init__(self) -> None:
        super().__init__(name="seam_error", unit="levels", better="lower", inputs=("source", "edited", "mask"))

    def measure(
        self,
        source: UInt8[np.ndarray, "H W 3"],
        edited: UInt8[np.ndarray, "H W 3"],
        mask: Float[np.ndarray, "H W"],
    ) -> float:
        return border_step(source, edited, mask > 0.5)


class HeadSeam(PerFrame):
    """`SeamError` measured along the head's own outline: shows the halo of composites that stay inside the head."""

    def __init__(self) -> None:
        super().__init__(name="head_seam", unit="levels", better="lower", inputs=("source", "edited", "foreground"))

    def measure(
        self,
        source: UInt8[np.ndarray, "H W 3"],
        edited: UInt8[np.ndarray, "H W 3"],
        foreground: Float[np.ndarray, "H W"],
    ) -> float:
        return border_step(source, edited, foreground > 0.5)


class CropSeam(PerFrame):
    """`SeamError` of a hard paste at crop resolution: what stitching does to the seam, whatever the composite.

    Args:
        stitched: Measure the stitched crop (`seam_crop_after`) instead of the edited one (`seam_crop_before`).
    """

    def __init__(self, *, stitched: bool) -> None:
        field = "stitched_crop" if stitched else "edited_crop"
        name = "seam_crop_after" if stitched else "seam_crop_before"
        super().__init__(name=name, unit="levels", better="lower", inputs=("crop", field, "crop_mask"))

    def measure(
        self,
        crop: UInt8[np.ndarray, "S S 3"],
        edited: UInt8[np.ndarray, "S S 3"],
        mask: UInt8[np.ndarray, "S S"],
    ) -> float:
        inside = mask > 127
        return border_step(crop, np.where(inside[..., None], edited, crop), inside)


class HairLeak(PerFrame):
    """Share of the edited head that lies outside the source's paste mask and would be cut off. Range [0, 1], lower."""

    def __init__(self) -> None:
        super().__init__(name="hair_leak", unit="share", better="lower", inputs=("leak",))

    def measure(self, leak: float) -> float:
        return leak


def border_step(
    source: UInt8[np.ndarray, "H W 3"], edited: UInt8[np.ndarray, "H W 3"], inside: Bool[np.ndarray, "H W"]
) -> float:
    """Mean change of the step across the outline of `inside`; NaN when the outline lies outside the image."""
    change = edited.astype(np.float32) - source.astype(np.float32)
    steps = [np.abs(np.diff(change, axis=axis))[np.diff(inside.astype(np.int8), axis=axis) != 0] for axis in (0, 1)]
    every = np.concatenate(steps)
    return float(every.mean()) if every.size else float("nan")
