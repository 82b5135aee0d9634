"""A perceptual distance without weights: differences of local contrast at several scales.

The eye sees contrast relative to its surroundings. Each level of a Laplacian pyramid is divided by the mean luminance
contrast around it, and the squared difference of the results is averaged over levels. What is left at the coarsest
scale, the colours of large regions, is compared as it is.

Reference: Burt and Adelson, "The Laplacian Pyramid as a Compact Image Code", 1983; Laparra et al., "Perceptual image
quality assessment using a normalized Laplacian pyramid", 2016, equations 1-4 (here with colour, squared differences and
one smoothing kernel, so that it is a smooth loss).
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.errors import ConfigError
from stitch_exp.perceptual.lpips import shrunk
from stitch_exp.settings import Count, checked

KERNEL = (1.0, 4.0, 6.0, 4.0, 1.0)
FLOOR = 0.1
"""Contrast, in units of [-1, 1] images, below which differences fade instead of being amplified."""
OPPONENT = ((0.299, 0.587, 0.114), (-0.25, -0.25, 0.5), (0.5, -0.5, 0.0))
"""Rows: luminance, blue against yellow, red against green."""


@checked
class Pyramid(nn.Module):
    """Normalised Laplacian pyramid distance.

    Args:
        num_levels: How many scales are compared, each half the side of the one before, 1 or more; n scales need images
            of 3 * 2^(n - 1) px.
        resize_px: The side, in pixels, to which larger images are averaged down first; None compares them as they are.

    Attributes:
        name: `pyramid`.
    """

    name = "pyramid"
    kernel: Float[Tensor, "5"]
    opponent: Float[Tensor, "3 3"]

    def __init__(self, *, num_levels: Count, resize_px: Count | None) -> None:
        super().__init__()
        self.num_levels, self.resize_px = num_levels, resize_px
        self.register_buffer("kernel", torch.tensor(KERNEL) / sum(KERNEL), persistent=False)
        self.register_buffer("opponent", torch.tensor(OPPONENT), persistent=False)

    def features(self, images: Float[Tensor, "B 3 S S"]) -> list[Float[Tensor, "B 3 _ _"]]:
        """What `compare` takes: normalised contrast from fine to coarse, then the remaining low-pass image.

        Raises:
            ConfigError: The images are too small for the levels.
        """
        x = shrunk(images, self.resize_px)
        if min(x.shape[-2:]) < 3 * 2 ** (self.num_levels - 1):
            raise ConfigError(
                f"perceptual.num_levels={self.num_levels} needs images of {3 * 2 ** (self.num_levels - 1)} px, not "
                f"{tuple(x.shape[-2:])}; lower it"
            )
        x = torch.einsum("oc,bchw->bohw", self.opponent, x)
        levels = []
        for _ in range(self.num_levels):
            smaller = self._blurred(x)[..., ::2, ::2]
            band = x - F.interpolate(smaller, x.shape[-2:], mode="bilinear", align_corners=False)
            levels.append(band / (self._blurred(band[:, :1].abs()) + FLOOR))
            x = smaller
        return [*levels, x]

    def compare(
        self, features_a: list[Float[Tensor, "B 3 _ _"]], features_b: list[Float[Tensor, "B 3 _ _"]]
    ) -> Float[Tensor, " B"]:
        """Distance of each pair: 0 for equal images, about 1 for unrelated ones."""
        pairs = zip(features_a, features_b, strict=True)
        return torch.stack([(a - b).square().mean(dim=(1, 2, 3)) for a, b in pairs]).mean(dim=0)

    def forward(self, a: Float[Tensor, "B 3 S S"], b: Float[Tensor, "B 3 S S"]) -> Float[Tensor, " B"]:
        """Distance of images in [-1, 1]."""
        return self.compare(self.features(a), self.features(b))

    def _blurred(self, x: Tensor) -> Tensor:
        count = x.shape[1]
        row = self.kernel.to(x.dtype).expand(count, 1, 1, -1)
        x = F.conv2d(F.pad(x, (2, 2, 2, 2), mode="reflect"), row, groups=count)
        return F.conv2d(x, row.transpose(2, 3), groups=count)
