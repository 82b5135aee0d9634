"""Encoder of a whole face into one W row: where HyperStyle starts.

Reference: Alaluf et al., "HyperStyle: StyleGAN Inversion with HyperNetworks", CVPR 2022, section 3.2; SPEC 5.6.
"""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.networks import irse
from stitch_exp.networks.equal_linear import EqualLinear


class WEncoder(nn.Module):
    """IR-SE trunk, global average, one linear layer.

    Args:
        style_dim: Width of the row.
        in_channels: Colour channels.
        widths: Channels of the trunk's input layer and of its four stages.
        num_units: Residual units of the four stages.
    """

    def __init__(
        self,
        *,
        style_dim: int = 512,
        in_channels: int = 3,
        widths: Sequence[int] = irse.PUBLIC_WIDTHS,
        num_units: Sequence[int] = irse.PUBLIC_UNITS,
    ) -> None:
        super().__init__()
        self.input_layer = irse.input_layer(in_channels, widths[0])
        self.linear = EqualLinear(widths[-1], style_dim)
        self.body = irse.body(widths, num_units)

    def forward(self, images: Float[Tensor, "B C S S"]) -> Float[Tensor, "B D"]:
        """Offset from the average row, for images in [-1, 1]; 256 px for the public weights."""
        return self.linear(self.body(self.input_layer(images)).mean(dim=(2, 3)))
