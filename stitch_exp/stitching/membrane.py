"""The step `Membrane`: what is left of the seam, spread smoothly into the face; one pass over pixels, no generator.

Reference: the idea of Perez et al. 2003, "Poisson Image Editing", by normalised convolution (Knutsson and Westin 1993)
at several scales instead of a linear system.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from stitch_exp.ops.feather import REFERENCE_PX
from stitch_exp.settings import Positive, checked
from stitch_exp.stitching.base import Images, Scope, Step, Tools
from stitch_exp.stitching.masks import Regions
from stitch_exp.stitching.scene import Scene

TINY = 1e-4


@checked
@dataclass(frozen=True, slots=True)
class Membrane(Step):
    """Adds a smooth field that meets the source on the border ring and dies out inside the mask.

    Args:
        sigmas_px: The widths of the field from coarse to fine, in pixels of a 1024 px crop, each above 0.
    """

    sigmas_px: Sequence[Positive]

    @property
    def scope(self) -> Scope:
        return Scope.PICTURE

    def __call__(self, scene: Scene, images: Images, tools: Tools) -> Images:
        return lambda part: self.closed(images(part), scene.source(part), scene.regions(part))

    def closed(
        self, images: Float[Tensor, "B 3 S S"], source: Float[Tensor, "B 3 S S"], regions: Regions
    ) -> Float[Tensor, "B 3 S S"]:
        """The images with the field added; where neither ring nor mask is near, they stay as they are."""
        border, content = regions.border[:, None], regions.content[:, None]
        for sigma_px in self.sigmas_px:
            sigma = sigma_px * images.shape[-1] / REFERENCE_PX
            weight = _blurred(border, sigma) + _blurred(content, sigma) + TINY
            images = images + _blurred(border * (source - images), sigma) / weight
        return images


def _blurred(x: Float[Tensor, "B C S S"], sigma: float) -> Float[Tensor, "B C S S"]:
    reach = max(1, round(3 * sigma))
    taps = torch.arange(-reach, reach + 1, device=x.device, dtype=x.dtype)
    kernel = torch.exp(-0.5 * (taps / max(sigma, 1e-3)).square())
    kernel = (kernel / kernel.sum()).expand(x.shape[1], 1, 1, -1)
    padded = F.pad(x, (reach, reach, reach, reach), mode="replicate")
    across = F.conv2d(padded, kernel, groups=x.shape[1])
    return F.conv2d(across, kernel.transpose(2, 3), groups=x.shape[1])
