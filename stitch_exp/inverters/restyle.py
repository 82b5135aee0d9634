"""ReStyle encoders: refine a code by looking at the image beside its last reconstruction.

All heads read the last map of the trunk; there is no feature pyramid as in pSp and e4e. The loop over iterations is in
`encoder.restyle`.

Reference: Alaluf et al., "ReStyle: A Residual-Based StyleGAN Encoder via Iterative Refinement", ICCV 2021; SPEC 5.5.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.inverters.e4e import StyleHead
from stitch_exp.networks import irse


class _Backbone(nn.Module):
    """IR-SE trunk whose last map feeds one head a row."""

    def __init__(
        self,
        *,
        num_styles: int,
        style_dim: int = 512,
        input_size: int = 256,
        in_channels: int = 6,
        widths: Sequence[int] = irse.PUBLIC_WIDTHS,
        num_units: Sequence[int] = irse.PUBLIC_UNITS,
        head_width: int = 512,
    ) -> None:
        super().__init__()
        self.num_styles, self.input_size = num_styles, input_size
        self.input_layer = irse.input_layer(in_channels, widths[0])
        self.body = irse.body(widths, num_units)
        side = input_size >> len(num_units)
        self.styles = nn.ModuleList(StyleHead(widths[-1], head_width, style_dim, side) for _ in range(num_styles))

    def rows(self, images: Float[Tensor, "B C S S"]) -> Float[Tensor, "B L D"]:
        """Outputs of all heads."""
        features = self.body(self.input_layer(images))
        return torch.stack([head(features).float() for head in self.styles], dim=1)


class BackboneEncoder(_Backbone):
    """ReStyle over pSp: every row has its own head.

    Args:
        num_styles: Rows of W+; 18 for StyleGAN2 at 1024 px, 16 for StyleGAN3.
        style_dim: Width of a row.
        input_size: Side of the input, px.
        in_channels: 6, an image above its last reconstruction.
        widths: Channels of the trunk's input layer and of its four stages.
        num_units: Residual units of the four stages.
        head_width: Channels inside a head.
    """

    def forward(self, images: Float[Tensor, "B C S S"]) -> Float[Tensor, "B L D"]:
        """Offsets from the code of the iteration before (at first from the average code)."""
        return self.rows(images)


class ProgressiveBackboneEncoder(_Backbone):
    """ReStyle over e4e: one base row for all, plus an offset for each later row. Arguments as `BackboneEncoder`."""

    def forward(self, images: Float[Tensor, "B C S S"]) -> Float[Tensor, "B L D"]:
        """Offsets from the code of the iteration before (at first from the average code)."""
        rows = self.rows(images)
        return torch.cat([rows[:, :1], rows[:, :1] + rows[:, 1:]], dim=1)
