"""IR-SE trunk: residual units with squeeze-and-excitation, shared by the encoders and by ArcFace.

Reference: Deng et al., "ArcFace", CVPR 2019 (IR units); Hu et al., "Squeeze-and-Excitation Networks", CVPR 2018; key
names and layer order as the public checkpoints have them (SPEC 5.1).
"""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

PUBLIC_WIDTHS = (64, 64, 128, 256, 512)
PUBLIC_UNITS = (3, 4, 14, 3)


class SqueezeExcitation(nn.Module):
    """Scales every channel by a gate computed from the global mean."""

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        hidden = max(channels // reduction, 4)
        self.fc1 = nn.Conv2d(channels, hidden, 1, bias=False)
        self.relu = nn.ReLU(inplace=True)
        self.fc2 = nn.Conv2d(hidden, channels, 1, bias=False)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C H W"]:
        gate = self.fc2(self.relu(self.fc1(x.mean(dim=(2, 3), keepdim=True))))
        return x * self.sigmoid(gate)


class ResidualUnit(nn.Module):
    """Pre-normalised residual unit; its second convolution carries the stride."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.shortcut_layer: nn.Module = nn.MaxPool2d(1, stride)
        if in_channels != out_channels:
            self.shortcut_layer = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
            )
        self.res_layer = nn.Sequential(
            nn.BatchNorm2d(in_channels),
            nn.Conv2d(in_channels, out_channels, 3, 1, 1, bias=False),
            nn.PReLU(out_channels),
            nn.Conv2d(out_channels, out_channels, 3, stride, 1, bias=False),
            nn.BatchNorm2d(out_channels),
            SqueezeExcitation(out_channels),
        )

    def forward(self, x: Float[Tensor, "B I H W"]) -> Float[Tensor, "B O H2 W2"]:
        return self.res_layer(x) + self.shortcut_layer(x)


def input_layer(in_channels: int, width: int) -> nn.Sequential:
    """First convolution of the trunk, at full resolution."""
    return nn.Sequential(nn.Conv2d(in_channels, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.PReLU(width))


def body(widths: Sequence[int] = PUBLIC_WIDTHS, num_units: Sequence[int] = PUBLIC_UNITS) -> nn.Sequential:
    """The four stages of the trunk, flat as in the checkpoints; each stage halves the side.

    Args:
        widths: Channels of the input layer, then of every stage.
        num_units: Units in every stage.
    """
    units = []
    for before, width, count in zip(widths[:-1], widths[1:], num_units, strict=True):
        units.append(ResidualUnit(before, width, 2))
        units += [ResidualUnit(width, width, 1) for _ in range(count - 1)]
    return nn.Sequential(*units)
