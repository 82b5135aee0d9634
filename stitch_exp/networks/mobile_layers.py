"""Layers of MobileStyleGAN: separable convolutions and wavelets in place of StyleGAN2's dense ones.

Activations are channels-last throughout. A style scales input channels and a depthwise kernel does not mix them, so
the style is applied to the small pointwise matrix instead of the activations: no pass over memory is spent on it.

Reference: Belousov 2021, "MobileStyleGAN: A Lightweight Convolutional Neural Network for High-Fidelity Image
Synthesis", section 3; SPEC 15.
"""

from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

LEAK = 0.2


class HaarButterflies(torch.autograd.Function):
    """Twice the inverse Haar transform of channel blocks (ll, lh, hl, hh): [B 4C H W] to [B C 2H 2W].

    The 4x4 matrix of signs is symmetric, so the gradient takes the same sums over pixels. The factor 1/2 that makes
    the transform orthonormal is left to the caller, who scales the channels anyway.
    """

    @staticmethod
    def forward(ctx: Any, x: Float[Tensor, "B C4 H W"]) -> Float[Tensor, "B C H2 W2"]:
        batch, channels, height, width = x.shape
        out = x.new_empty(batch, height, 2, width, 2, channels // 4)
        pixels = [out[:, :, row, :, column] for row in (0, 1) for column in (0, 1)]
        _butterflies(x.permute(0, 2, 3, 1).unflatten(3, (4, channels // 4)).unbind(3), pixels)
        return out.view(batch, 2 * height, 2 * width, channels // 4).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, gradient: Float[Tensor, "B C H2 W2"]) -> Float[Tensor, "B C4 H W"]:
        batch, channels, height, width = gradient.shape
        split = gradient.permute(0, 2, 3, 1).unflatten(2, (width // 2, 2)).unflatten(1, (height // 2, 2))
        out = gradient.new_empty(batch, height // 2, width // 2, 4, channels)
        _butterflies([split[:, :, row, :, column] for row in (0, 1) for column in (0, 1)], out.unbind(3))
        return out.flatten(3).permute(0, 3, 1, 2)


def _butterflies(parts: Any, out: Any) -> None:
    """Rows (1 1 1 1), (1 1 -1 -1), (1 -1 1 -1), (1 -1 -1 1) of the sign matrix."""
    first, second, third, fourth = parts
    plus, minus, high, low = first + second, first - second, third + fourth, third - fourth
    torch.add(plus, high, out=out[0])
    torch.sub(plus, high, out=out[1])
    torch.add(minus, low, out=out[2])
    torch.sub(minus, low, out=out[3])


def inverse_haar(x: Float[Tensor, "B C4 H W"], style: Float[Tensor, "B C4"]) -> Float[Tensor, "B C H2 W2"]:
    """Scales channels by a style, then joins the four bands to pixels of twice the side."""
    return HaarButterflies.apply(x * (0.5 * style).to(x.dtype)[:, :, None, None])


def mix_channels(
    x: Float[Tensor, "B I H W"], weight: Float[Tensor, "O I"], style: Float[Tensor, "B I"], bias: Float[Tensor, " O"]
) -> Float[Tensor, "B O H W"]:
    """A modulated 1x1 convolution as one matrix product an image."""
    own = (weight * style[:, None]).transpose(1, 2).to(x.dtype)
    pixels = x.permute(0, 2, 3, 1)
    if len(x) == 1:
        y = torch.addmm(bias.to(x.dtype), pixels.flatten(0, 2), own[0])
    else:
        y = torch.baddbmm(bias.to(x.dtype), pixels.flatten(1, 2), own)
    return y.view(*pixels.shape[:3], len(weight)).permute(0, 3, 1, 2)


class StyledLayer(nn.Module):
    """What both kinds of convolution share: a style, a noise plane whose strength is inside it, a bias."""

    noise_const: Tensor

    def __init__(self, in_channels: int, out_channels: int, w_dim: int, resolution: int) -> None:
        super().__init__()
        self.affine = nn.Linear(w_dim, in_channels)
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.register_buffer("noise_const", torch.zeros(resolution, resolution))

    def _activate(self, y: Float[Tensor, "B O H W"], noise_mode: str) -> Float[Tensor, "B O H W"]:
        if noise_mode == "none":
            return F.leaky_relu(y, LEAK)
        noise = self.noise_const.to(y.dtype)
        if noise_mode == "random":
            noise = torch.randn_like(y[:, :1]) * noise.std()
        # `y` is a view of a matrix product: changed in place, it would cost the backward pass a copy of all of it.
        return F.leaky_relu_(y + noise if y.requires_grad else y.add_(noise), LEAK)


class DenseConv(StyledLayer):
    """A modulated 3x3 convolution whose demodulation is a constant inside the weight; the first layer is one."""

    def __init__(self, in_channels: int, out_channels: int, w_dim: int, resolution: int) -> None:
        super().__init__(in_channels, out_channels, w_dim, resolution)
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, 3, 3) / (9 * in_channels) ** 0.5)

    def forward(self, x: Tensor, style: Float[Tensor, "B I"], noise_mode: str) -> Float[Tensor, "B O H W"]:
        y = F.conv2d(x * style.to(x.dtype)[:, :, None, None], self.weight, padding=1)
        return self._activate(y + self.bias.to(y.dtype)[:, None, None], noise_mode)


class SeparableConv(StyledLayer):
    """A depthwise 3x3 convolution, then a modulated pointwise one.

    The demodulation of StyleGAN2 is a constant inside `pointwise`: here it does not depend on the style.
    """

    def __init__(self, in_channels: int, out_channels: int, w_dim: int, resolution: int) -> None:
        super().__init__(in_channels, out_channels, w_dim, resolution)
        self.depthwise = nn.Parameter(torch.randn(in_channels, 1, 3, 3) / 3)
        self.pointwise = nn.Parameter(torch.randn(out_channels, in_channels) / in_channels**0.5)

    def forward(self, x: Tensor, style: Float[Tensor, "B I"], noise_mode: str) -> Float[Tensor, "B O H W"]:
        y = F.conv2d(x, self.depthwise, padding=1, groups=len(self.depthwise))
        return self._activate(mix_channels(y, self.pointwise, style, self.bias), noise_mode)


class Upsampling(nn.Module):
    """Scales channels by a style and doubles the side by the inverse Haar transform."""

    def __init__(self, in_channels: int, w_dim: int) -> None:
        super().__init__()
        self.affine = nn.Linear(w_dim, in_channels)

    def forward(self, x: Float[Tensor, "B I H W"], style: Float[Tensor, "B I"]) -> Float[Tensor, "B O H2 W2"]:
        return inverse_haar(x, style)


class ToImage(nn.Module):
    """Features to colours without demodulation: `out_channels` is 3, or 12 for the four Haar bands of an image."""

    def __init__(self, in_channels: int, out_channels: int, w_dim: int) -> None:
        super().__init__()
        self.affine = nn.Linear(w_dim, in_channels)
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels) / in_channels**0.5)
        self.bias = nn.Parameter(torch.zeros(out_channels))

    def forward(
        self, x: Float[Tensor, "B I H W"], style: Float[Tensor, "B I"], num_channels: int
    ) -> Float[Tensor, "B K H W"]:
        """The first `num_channels` of the output."""
        return mix_channels(x, self.weight[:num_channels], style, self.bias[:num_channels])
