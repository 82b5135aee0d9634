"""`composite=paste` and `composite=feather`: the stitched crop replaces the frame."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from stitch_exp.composite.base import Composite
from stitch_exp.composite.frames import Compose
from stitch_exp.composite.occluders import Occluders
from stitch_exp.ops.feather import feather, scaled_radius
from stitch_exp.ops.warp import crop_from_frame, place, region_of
from stitch_exp.settings import NonNegative, checked
from stitch_exp.types import AlignedClip, StitchedCrops, TunedGenerator


class _Pasted(Composite):
    """The stitched crop over the frame; subclasses say how its edge fades."""

    @abstractmethod
    def _radius(self, side: int) -> int:
        """Of the fade, in pixels of a crop of this side."""

    def _composer(
        self, aligned: AlignedClip, tuned: TunedGenerator, stitched: StitchedCrops, in_front: Occluders
    ) -> Compose:
        radius = self._radius(stitched.crops.shape[1])

        def compose(frame: np.ndarray, n: int) -> np.ndarray:
            mask = in_front.cut_from(feather(np.asarray(stitched.masks[n]), radius), n)
            return paste(frame, np.asarray(stitched.crops[n]), mask, aligned.quads[n])

        return compose


@checked
class Paste(_Pasted):
    """Lay the stitched crop over the frame where its mask is, with a hard edge.

    Args:
        keep_in_front: Whether what stands in front of the face stays as filmed; see `occluders`. Off by default, as the
            paper knows nothing of it.

    Reference: Stitch it in Time, section 3.5.
    """

    def __init__(self, *, keep_in_front: bool) -> None:
        self.keep_in_front = keep_in_front

    def _radius(self, side: int) -> int:
        return 0


@checked
class Feather(_Pasted):
    """Lay the stitched crop over the frame with an edge that fades inwards.

    Args:
        feather_px: The radius of the fade in pixels of a 1024 px crop, 0 or more; it is scaled to the crops at hand. 25
            is that of the published implementation.
        keep_in_front: Whether what stands in front of the face stays as filmed; see `occluders`. Off by default, as the
            paper knows nothing of it.

    Reference: Stitch it in Time, the feathered paste of the published implementation (25 px).
    """

    def __init__(self, *, feather_px: NonNegative, keep_in_front: bool) -> None:
        self.feather_px = feather_px
        self.keep_in_front = keep_in_front

    def _radius(self, side: int) -> int:
        return scaled_radius(self.feather_px, side)


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
