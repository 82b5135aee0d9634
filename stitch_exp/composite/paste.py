"""`composite=paste` and `composite=feather`: the stitched crop replaces the frame."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from stitch_exp.composite.base import Composite
from stitch_exp.composite.frames import edited_clip
from stitch_exp.ops.feather import feather, scaled_radius
from stitch_exp.ops.warp import crop_from_frame, place, region_of
from stitch_exp.settings import NonNegative, checked
from stitch_exp.types import AlignedClip, Clip, EditedClip, StitchedCrops, TunedGenerator


class Paste(Composite):
    """Lay the stitched crop over the frame where its mask is, with a hard edge.

    Reference: Stitch it in Time, section 3.5.
    """

    def __call__(self, clip: Clip, aligned: AlignedClip, tuned: TunedGenerator, stitched: StitchedCrops) -> EditedClip:
        return _pasted(clip, aligned, stitched, radius=0)


@checked
class Feather(Composite):
    """Lay the stitched crop over the frame with an edge that fades inwards.

    Args:
        feather_px: Radius of the fade at a crop side of 1024 px; scaled to the crops at hand.

    Reference: Stitch it in Time, the feathered paste of the published implementation (25 px).
    """

    def __init__(self, *, feather_px: NonNegative) -> None:
        self.feather_px = feather_px

    def __call__(self, clip: Clip, aligned: AlignedClip, tuned: TunedGenerator, stitched: StitchedCrops) -> EditedClip:
        return _pasted(clip, aligned, stitched, scaled_radius(self.feather_px, stitched.crops.shape[1]))


def paste(
    frame: UInt8[np.ndarray, "H W 3"],
    crop: UInt8[np.ndarray, "S S 3"],
    mask: UInt8[np.ndarray, "S S"],
    quad: Float[np.ndarray, "4 2"],
) -> UInt8[np.ndarray, "H W 3"]:
    """A copy of the frame with the crop laid over it; pixels with a mask of 0 keep their value exactly.

    Args:
        frame: The source frame.
        crop: What to lay over it.
        mask: Opacity, 0 to 255.
        quad: Where the crop's corners lie, in pixel indices of the frame.
    """
    composed = frame.copy()
    region = region_of(quad, *frame.shape[:2])
    if region.is_empty or not mask.any():
        return composed
    layer = place(np.dstack([crop, mask]), crop_from_frame(quad, crop.shape[0]), region)
    below = Image.fromarray(np.ascontiguousarray(frame[region.slices])).convert("RGBA")
    below.alpha_composite(Image.fromarray(layer))
    composed[region.slices] = np.asarray(below)[..., :3]
    return composed


def _pasted(clip: Clip, aligned: AlignedClip, stitched: StitchedCrops, radius: int) -> EditedClip:
    def compose(frame: np.ndarray, n: int) -> np.ndarray:
        mask = feather(np.asarray(stitched.masks[n]), radius)
        return paste(frame, np.asarray(stitched.crops[n]), mask, aligned.quads[n])

    return edited_clip(clip, aligned, compose)
