"""A perceptual distance by the features of a trunk that learned faces, and began as an ImageNet network.

Pixels punish a hair that lies one pixel aside as much as a hair that is missing, and what they favour is blur.
Features do not: their distance pulls a render towards the person while it stays a sharp picture.

Reference: Zhang et al. 2018, "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", equation 1 (here
without learned weights of the channels).
"""

from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.inverters.files import load_lite_trunk
from stitch_exp.perceptual.lpips import shrunk
from stitch_exp.settings import Count, checked

BLOCKS = (0, 2, 4, 7, 10)
"""Blocks whose output is compared: at half, a quarter, an eighth and a 16th (twice) of the side."""


@checked
class TrunkFeatures(nn.Module):
    """Distance of unit-length feature vectors, averaged over places and summed over layers.

    Args:
        weights: The file of a `LiteTrunk`, or of a `MobileEncoder`, whose trunk looks at the pictures.
        resize_px: The side, in pixels, to which larger images are averaged down first.

    Attributes:
        name: `trunk`.

    Raises:
        WeightsError: The file holds neither.
    """

    name = "trunk"

    def __init__(self, *, weights: Path | str, resize_px: Count | None) -> None:
        super().__init__()
        self.trunk, self.resize_px = load_lite_trunk(weights), resize_px
        self.trunk.blocks = self.trunk.blocks[: max(BLOCKS) + 1]
        self.to(memory_format=torch.channels_last)

    def features(self, images: Float[Tensor, "B 3 S S"]) -> list[Float[Tensor, "B C H W"]]:
        """What `compare` takes: features of unit length at every place, from fine to coarse."""
        found = self.trunk(shrunk(images, self.resize_px))
        return [nn.functional.normalize(found[block], dim=1) for block in BLOCKS]

    def compare(self, features_a: list[Tensor], features_b: list[Tensor]) -> Float[Tensor, " B"]:
        """Distance of each pair: 0 for equal images, about 1 for unrelated ones."""
        pairs = zip(features_a, features_b, strict=True)
        return torch.stack([(a - b).square().sum(dim=1).mean(dim=(1, 2)) for a, b in pairs]).sum(dim=0)

    def forward(self, a: Float[Tensor, "B 3 S S"], b: Float[Tensor, "B 3 S S"]) -> Float[Tensor, " B"]:
        """Distance of images in [-1, 1]."""
        return self.compare(self.features(a), self.features(b))
