"""From the head's outline to the regions of stitching: content, border ring, and paste mask."""

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from stitch_exp.ops.feather import REFERENCE_PX
from stitch_exp.ops.morphology import dilate
from stitch_exp.settings import Natural, checked


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """Soft masks in [0, 1].

    `border` is where the crop must equal the source, `content` where it must stay as edited, `full` where it is pasted.
    """

    content: Float[Tensor, "B H W"]
    border: Float[Tensor, "B H W"]
    full: Float[Tensor, "B H W"]


def cut_regions(foreground: Float[Tensor, "B H W"], strip: int, inner: int, outer: int, whole: bool = False) -> Regions:
    """Regions around a binary outline; all radii in pixels of the given grid.

    Args:
        strip: Pixels of the outline closer than this to the crop's edge belong to the border.
        inner: Growth of the outline before the ring begins.
        outer: Width of the ring.
        whole: The ring reaches to the crop's edge: everything outside the grown outline.

    Reference: Stitch it in Time, section 4.5; SPEC 7.3.
    """
    grown = dilate(foreground, inner)
    full = dilate(grown, outer)
    around = 1 - grown if whole else full - grown
    ring = torch.maximum(torch.minimum(_edge_strip(grown, strip), grown), around)
    return Regions((foreground - ring).clamp(0, 1), ring, full)


def _edge_strip(like: Float[Tensor, "B H W"], width: int) -> Float[Tensor, "H W"]:
    strip = torch.ones_like(like[0])
    height, length = strip.shape
    strip[width : height - width, width : length - width] = 0
    return strip


@checked
@dataclass(frozen=True, slots=True)
class MaskRule:
    """How regions are made from the outline of the head.

    As published, they are cut on a grid of half the crop's side and enlarged, which gives soft edges.

    Args:
        mask: `source` takes the head's outline in the source crop, as published; `union` adds the outline in the edited
            crop, so that hair the edit has grown is pasted too.
        border_px: The width of the strip along the crop's edge that belongs to the border, in pixels of a 1024 px crop,
            0 or more. It is scaled to the model's resolution, as the next two are.
        inner_px: How far the outline grows before the ring begins, in pixels of a 1024 px crop; 0 as published.
        outer_px: The width of the ring, in pixels of a 1024 px crop; 50 as published.
        whole_border: Whether the ring reaches to the crop's edge; `outer_px` then only widens what is pasted.
    """

    mask: Literal["source", "union"]
    border_px: Natural
    inner_px: Natural
    outer_px: Natural
    whole_border: bool

    def regions(self, foreground: Float[Tensor, "B S S"]) -> Regions:
        """Regions at the crop's resolution."""
        side = foreground.shape[-1]
        grid = side // 2
        coarse = F.interpolate(foreground[:, None], (grid, grid), mode="nearest")[:, 0]
        strip, inner, outer = (_scaled(px, grid) for px in (self.border_px, self.inner_px, self.outer_px))
        cut = cut_regions(coarse, strip, inner, outer, self.whole_border)
        return Regions(*(_enlarged(part, side) for part in (cut.content, cut.border, cut.full)))


def _scaled(full_px: int, grid: int) -> int:
    """A radius on the grid; one that is wanted never vanishes."""
    return max(full_px * grid // REFERENCE_PX, int(full_px > 0))


def _enlarged(mask: Float[Tensor, "B H W"], side: int) -> Float[Tensor, "B S S"]:
    return F.interpolate(mask[:, None], (side, side), mode="bilinear", align_corners=True)[:, 0]
