"""Feature-pyramid encoders from aligned faces to W+ offsets: pSp and its editable successor e4e.

The defaults are the public FFHQ networks; smaller ones come from the same classes by configuration.

Reference: Richardson et al., "Encoding in Style", CVPR 2021 (pSp); Tov et al., "Designing an Encoder for StyleGAN
Image Manipulation", SIGGRAPH 2021 (e4e); keys as in SPEC 5.
"""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.errors import ConfigError
from stitch_exp.networks import irse
from stitch_exp.networks.equal_linear import EqualLinear

NUM_COARSE, NUM_MIDDLE_END = 3, 7


class StyleHead(nn.Module):
    """Shrinks a feature map to one vector, and maps it to one row of W+.

    Args:
        spatial: Side of the feature map, a power of two.
        width: Channels of the strided convolutions.
    """

    def __init__(self, in_channels: int, width: int, style_dim: int, spatial: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for index in range(int(math.log2(spatial))):
            layers += [nn.Conv2d(in_channels if index == 0 else width, width, 3, 2, 1), nn.LeakyReLU()]
        self.convs = nn.Sequential(*layers)
        self.linear = EqualLinear(width, style_dim)

    def forward(self, x: Float[Tensor, "B C S S"]) -> Float[Tensor, "B D"]:
        return self.linear(self.convs(x).flatten(1))


class _PyramidEncoder(nn.Module):
    """IR-SE trunk, three pyramid levels and one head a row; what the two encoders share."""

    def __init__(
        self,
        *,
        num_styles: int,
        style_dim: int = 512,
        input_size: int = 256,
        in_channels: int = 3,
        widths: Sequence[int] = irse.PUBLIC_WIDTHS,
        num_units: Sequence[int] = irse.PUBLIC_UNITS,
        pyramid_width: int = 512,
        head_width: int = 512,
    ) -> None:
        super().__init__()
        if input_size < 64 or input_size & (input_size - 1):
            raise ConfigError(f"encoder input_size is {input_size}; use a power of two of at least 64")
        if widths[-1] != pyramid_width:
            raise ConfigError(f"encoder widths end in {widths[-1]}, which must equal pyramid_width ({pyramid_width})")
        self.num_styles, self.input_size = num_styles, input_size
        self.input_layer = irse.input_layer(in_channels, widths[0])
        self.body = irse.body(widths, num_units)
        ends = [sum(num_units[: stage + 1]) - 1 for stage in range(len(num_units))]
        self.taps = ends[1:]
        sides = [input_size // 16 * 2 ** _level(row) for row in range(num_styles)]
        self.styles = nn.ModuleList(StyleHead(pyramid_width, head_width, style_dim, side) for side in sides)
        self.latlayer1 = nn.Conv2d(widths[3], pyramid_width, 1)
        self.latlayer2 = nn.Conv2d(widths[2], pyramid_width, 1)

    def pyramid(self, images: Float[Tensor, "B C S S"]) -> list[Float[Tensor, "B P _ _"]]:
        """Feature maps for the coarse, middle and fine rows."""
        x, maps = self.input_layer(images), []
        for index, unit in enumerate(self.body):
            x = unit(x)
            if index in self.taps:
                maps.append(x)
        fine, middle, coarse = maps
        middle = _upsample_add(coarse, self.latlayer1(middle))
        return [coarse, middle, _upsample_add(middle, self.latlayer2(fine))]

    def rows(self, images: Float[Tensor, "B C S S"], count: int) -> list[Float[Tensor, "B D"]]:
        """Outputs of the first `count` heads, each fed by its own pyramid level."""
        levels = self.pyramid(images)
        return [self.styles[i](levels[_level(i)]).float() for i in range(count)]


class GradualStyleEncoder(_PyramidEncoder):
    """pSp: every row of W+ has its own head.

    Args:
        num_styles: Rows of W+, `2 * log2(resolution) - 2`.
        style_dim: Width of a row.
        input_size: Side of the input, px.
        in_channels: 3 for an image, 6 for an image beside its last reconstruction.
        widths: Channels of the trunk's input layer and of its four stages.
        num_units: Residual units of the four stages.
        pyramid_width: Channels of the pyramid levels.
        head_width: Channels inside a head.
    """

    def forward(self, images: Float[Tensor, "B C S S"]) -> Float[Tensor, "B L D"]:
        """Offsets from the latent average, for images in [-1, 1] of side `input_size`."""
        return torch.stack(self.rows(images, self.num_styles), dim=1)


class Encoder4Editing(_PyramidEncoder):
    """e4e: one base row for all, plus small offsets for each later row. Arguments as `GradualStyleEncoder`."""

    def forward(self, images: Float[Tensor, "B C S S"], stage: int | None = None) -> Float[Tensor, "B L D"]:
        """Offsets from the latent average, for images in [-1, 1] of side `input_size`.

        Args:
            stage: How many of the later rows get an offset of their own: 0 gives pure W, None all of them.
        """
        last = self.num_styles - 1 if stage is None else min(stage, self.num_styles - 1)
        base, *offsets = self.rows(images, last + 1)
        deltas = torch.zeros_like(base)[:, None].repeat(1, self.num_styles, 1)
        if offsets:
            deltas = torch.cat([deltas[:, :1], torch.stack(offsets, dim=1), deltas[:, last + 1 :]], dim=1)
        return base[:, None] + deltas


def _level(row: int) -> int:
    return (row >= NUM_COARSE) + (row >= NUM_MIDDLE_END)


def _upsample_add(small: Tensor, lateral: Tensor) -> Tensor:
    # align_corners as the public weights were trained with.
    return F.interpolate(small, lateral.shape[2:], mode="bilinear", align_corners=True) + lateral
