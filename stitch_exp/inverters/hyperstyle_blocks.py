"""The parts of HyperStyle's hypernetwork that turn image features into weight offsets.

Reference: Alaluf et al., "HyperStyle: StyleGAN Inversion with HyperNetworks for Real Image Editing", CVPR 2022,
section 3.2 and appendix A; tensor names as in SPEC 5.6.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.networks.equal_linear import EqualLinear

FEATURE_WIDTH = 512


class SharedWeightNet(nn.Module):
    """Predicts the offsets of a 3x3 layer from a short code; one set of weights serves all layers of one shape.

    Args:
        code_dim: Width of the code.
        in_channels: Of the generator layer.
        out_channels: Of the generator layer.
        kernel: Its side.
    """

    def __init__(self, *, code_dim: int, in_channels: int, out_channels: int, kernel: int = 3) -> None:
        super().__init__()
        self.shape = (out_channels, in_channels, kernel, kernel)
        self.w1 = nn.Parameter(torch.randn(code_dim, out_channels * kernel**2) / math.sqrt(code_dim))
        self.b1 = nn.Parameter(torch.zeros(out_channels * kernel**2))
        self.w2 = nn.Parameter(torch.randn(code_dim, in_channels * code_dim) / math.sqrt(code_dim))
        self.b2 = nn.Parameter(torch.zeros(in_channels * code_dim))

    def forward(self, code: Float[Tensor, "B Z"]) -> Float[Tensor, "B O I K K"]:
        rows = (code @ self.w2 + self.b2).unflatten(1, (self.shape[1], code.shape[1]))
        # Laid out as (in, out * k * k), but the published weights were trained with it read as (out, in, k, k).
        return (rows @ self.w1 + self.b1).reshape(len(code), *self.shape)


class SharedBlock(nn.Module):
    """Features to a code, and the code to offsets by the shared network: for the large layers of one shape.

    Args:
        shared: The network all such blocks share.
        width: Channels inside.
        num_halvings: Strided convolutions, until one pixel is left.
    """

    def __init__(self, shared: SharedWeightNet, *, width: int = 128, num_halvings: int = 4) -> None:
        super().__init__()
        code_dim = shared.w1.shape[0]
        outs = [width] * num_halvings + [code_dim]
        self.convs = _convs([FEATURE_WIDTH, *outs], strides=[1] + [2] * num_halvings)
        self.linear = EqualLinear(code_dim, code_dim)
        self.hypernet = shared

    def forward(self, features: Float[Tensor, "B C H W"]) -> Float[Tensor, "B O I 3 3"]:
        return self.hypernet(self.linear(self.convs(features).flatten(1)))


class ChannelBlock(nn.Module):
    """Features to one offset for each pair of channels, the same at every position of the kernel.

    The toRGB variant halves the features once more, so that at 16 px one pixel is left and nothing to average.

    Args:
        in_channels: Of the generator layer.
        out_channels: Of the generator layer.
        kernel: Its side: 3, or 1 for toRGB.
        width: Channels inside.
    """

    def __init__(self, in_channels: int, out_channels: int, *, kernel: int, width: int = 256) -> None:
        super().__init__()
        self.shape, self.kernel = (out_channels, in_channels), kernel
        num_convs = 3 if kernel == 3 else 4
        widths = [FEATURE_WIDTH, *[width] * (num_convs - 1), FEATURE_WIDTH]
        self.convs = _convs(widths, strides=[2] * num_convs)
        pool = [nn.AdaptiveAvgPool2d(1)] if kernel == 3 else []
        self.output = nn.Sequential(*pool, nn.Conv2d(FEATURE_WIDTH, in_channels * out_channels, 1))

    def forward(self, features: Float[Tensor, "B C H W"]) -> Float[Tensor, "B O I K K"]:
        offsets = self.output(self.convs(features)).reshape(len(features), *self.shape, 1, 1)
        return offsets.expand(-1, -1, -1, self.kernel, self.kernel)


def _convs(widths: list[int], strides: list[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, after, stride in zip(widths[:-1], widths[1:], strides, strict=True):
        layers += [nn.Conv2d(before, after, 3, stride, 1), nn.LeakyReLU(0.01)]
    return nn.Sequential(*layers)
