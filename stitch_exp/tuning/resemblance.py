"""How far a picture is from another one as a face: features and colours, weighted towards the middle of the crop."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor

from stitch_exp.networks.roles import Generator, Perceptual
from stitch_exp.ops.ranges import to_unit

CENTRE = (0.5, 0.525)
RADII = (0.31, 0.40)
"""Middle and half axes of the ellipse in which an FFHQ crop shows the face, in crop sides (x, y)."""
OUTSIDE = 0.15
"""Weight of what lies outside the ellipse: hair and background say little about who it is."""
EDGE = 8.0
"""Steepness of the ellipse's edge, by its own radius."""


@dataclass(frozen=True, slots=True, eq=False)
class Resemblance:
    """Turns pictures to vectors whose squared distance says how unlike two faces are.

    Args:
        perceptual: Its features are compared place by place.
        px: Side at which pictures are compared.
        l2_weight: Weight of the mean squared error of half that side, in [-1, 1] units.
    """

    perceptual: Perceptual
    px: int
    l2_weight: float
    num_coordinates = 0
    """Of landmarks, at the end of each vector; see `shape`."""

    def of_crops(self, crops: UInt8[np.ndarray, "B S S 3"], device: torch.device) -> Float[Tensor, "B F"]:
        """Vectors of crops of any side of at least `px`."""
        images = to_unit(crops, device)
        return self(F.interpolate(images, (self.px, self.px), mode="area"))

    def of_codes(self, codes: Float[Tensor, "B L D"], generator: Generator) -> Float[Tensor, "B F"]:
        """Vectors of what a generator draws."""
        return self(generator(codes, resolution=self.px))

    def __call__(self, images: Float[Tensor, "B 3 P P"]) -> Float[Tensor, "B F"]:
        """Vectors of pictures of side `px`."""
        colours = (self.l2_weight / 3) ** 0.5 * F.avg_pool2d(images, 2)
        planes = [*self.perceptual.features(images), colours]
        return torch.cat([(plane * _weights(plane).sqrt()).flatten(1) for plane in planes], dim=1)


def _weights(plane: Float[Tensor, "B C H W"]) -> Float[Tensor, "H W"]:
    """Weight of each place; all places sum to 1."""
    height, width = plane.shape[-2:]
    y = (torch.arange(height, device=plane.device) + 0.5) / height
    x = (torch.arange(width, device=plane.device) + 0.5) / width
    radius = torch.hypot((x - CENTRE[0]) / RADII[0], ((y - CENTRE[1]) / RADII[1])[:, None])
    inside = OUTSIDE + (1 - OUTSIDE) * torch.sigmoid(EDGE * (1 - radius))
    return inside / inside.sum()
