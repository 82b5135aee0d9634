"""Layers of the StyleGAN2 generator, in the state-dict layout of NVIDIA's PyTorch checkpoints.

Samples never have weights of their own: activations are scaled by the style, convolved with weights shared by the whole
batch, and demodulated after. This is the same function, and on CPU far faster than grouped convolutions. A single image
is modulated through the weights where these are fewer than its activations.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.ops.fir import resample_filter, smooth_transposed, upsample_image

LEAK = 0.2
CHANNELS_LAST_FROM = 32
"""Side in px from which pixels outweigh weights and channels-last is faster; below, it only makes weights be copied."""
GAIN = math.sqrt(2.0)


class FullyConnected(nn.Module):
    """Linear layer whose stored weight is scaled at run time by `lr_multiplier / sqrt(in)`.

    Args:
        bias_init: Start value of the bias; 1 for affine layers, which makes every style start at 1.
        lr_multiplier: Effective learning rate against other layers; also scales the bias.
        activate: Apply a leaky ReLU with gain sqrt(2).

    Reference: Progressive GAN (Karras et al. 2018), section 4.1; SPEC 3.1.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        bias_init: float = 0.0,
        lr_multiplier: float = 1.0,
        activate: bool = False,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_features, in_features) / lr_multiplier)
        self.bias = nn.Parameter(torch.full((out_features,), bias_init / lr_multiplier))
        self.weight_gain = lr_multiplier / math.sqrt(in_features)
        self.bias_gain = lr_multiplier
        self.activate = activate

    def forward(self, x: Float[Tensor, "B I"]) -> Float[Tensor, "B O"]:
        y = F.linear(x, self.weight * self.weight_gain, self.bias * self.bias_gain)
        return F.leaky_relu(y, LEAK) * GAIN if self.activate else y


class KernelPower(torch.autograd.Function):
    """Squared length of every 3x3 kernel, [O, I, 3, 3] to [O, I].

    Demodulation needs it in every step and its weights are large: autograd's own formula takes three passes over them
    forward and four backward; this takes one each.
    """

    @staticmethod
    def forward(ctx: Any, weight: Float[Tensor, "O I 3 3"]) -> Float[Tensor, "O I"]:
        ctx.save_for_backward(weight)
        kernels = weight.flatten(2)
        return torch.linalg.vecdot(kernels, kernels)

    @staticmethod
    def backward(ctx: Any, gradient: Float[Tensor, "O I"]) -> Float[Tensor, "O I 3 3"]:
        (weight,) = ctx.saved_tensors
        return weight * (2 * gradient)[:, :, None, None]


class ModulatedConv(nn.Module):
    """3x3 convolution whose input channels are scaled by a style, with noise, bias and leaky ReLU.

    Args:
        resolution: Side of the output, in pixels.
        up: Double the side: stride-2 transposed convolution, then FIR.
        clamp: Largest absolute activation; None for no limit. Networks trained in half precision have one.

    Reference: StyleGAN2 (Karras et al. 2020), section 2.2, equations 1 and 3.
    """

    noise_const: Tensor
    resample_filter: Tensor

    def __init__(
        self, in_channels: int, out_channels: int, w_dim: int, resolution: int, *, up: bool, clamp: float | None = None
    ) -> None:
        super().__init__()
        self.up, self.clamp = up, clamp
        self.affine = FullyConnected(w_dim, in_channels, bias_init=1.0)
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, 3, 3))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.register_buffer("noise_const", torch.randn(resolution, resolution))
        self.register_buffer("resample_filter", resample_filter())

    def forward(
        self, x: Float[Tensor, "B I H W"], style: Float[Tensor, "B I"], noise_mode: str
    ) -> Float[Tensor, "B O H2 W2"]:
        gain = self._demodulation(style) * GAIN
        # A leaky ReLU commutes with a positive factor, so its gain rides on the demodulation for free.
        bias = self.bias * GAIN
        if self._is_cheaper_in_weights(x):
            y = self._convolve(x, self.weight * torch.outer(gain[0], style[0])[:, :, None, None], bias)
        else:
            y = self._convolve(x * style.to(x.dtype)[:, :, None, None], self.weight, None)
            y = torch.addcmul(bias.to(y.dtype)[None, :, None, None], y, gain.to(y.dtype)[:, :, None, None])
        noise = self._noise(y, noise_mode)
        return limited(F.leaky_relu_(y if noise is None else y + noise, LEAK), self.clamp)

    def _is_cheaper_in_weights(self, x: Tensor) -> bool:
        """A single image of many pixels: scaling the weights touches less than scaling its activations."""
        batch, inputs, height, width = x.shape
        outputs = len(self.bias) * (4 if self.up else 1)
        return batch == 1 and (inputs + outputs) * height * width > 2 * self.weight.numel()

    def _convolve(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if not self.up:
            return F.conv2d(x, weight, bias, padding=1)
        spread = F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
        y = smooth_transposed(spread, self.resample_filter)
        return y if bias is None else y.add_(bias.to(y.dtype)[:, None, None])

    def _demodulation(self, style: Float[Tensor, "B I"]) -> Float[Tensor, "B O"]:
        # Squares lose too much in half precision.
        with torch.autocast(style.device.type, enabled=False):
            power = KernelPower.apply(self.weight.float())
            return (style.float().square() @ power.t() + 1e-8).rsqrt()

    def _noise(self, y: Tensor, noise_mode: str) -> Tensor | None:
        if noise_mode == "none":
            return None
        noise = self.noise_const if noise_mode == "const" else torch.randn_like(y[:, :1])
        return (noise * (self.noise_strength * GAIN)).to(y.dtype)


class ToRGB(nn.Module):
    """1x1 modulated convolution to image channels: no demodulation, no noise, no activation."""

    def __init__(self, in_channels: int, out_channels: int, w_dim: int, clamp: float | None = None) -> None:
        super().__init__()
        self.clamp = clamp
        self.affine = FullyConnected(w_dim, in_channels, bias_init=1.0)
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.weight_gain = 1.0 / math.sqrt(in_channels)

    def forward(self, x: Float[Tensor, "B I H W"], style: Float[Tensor, "B I"]) -> Float[Tensor, "B O H W"]:
        # With three outputs, products of each image with its pixels as columns: a batched product or a convolution
        # takes two to four times as long, most of it in the backward pass.
        weight = (self.weight[:, :, 0, 0] * (style * self.weight_gain)[:, None]).to(x.dtype)
        pixels = x.permute(0, 2, 3, 1).flatten(1, 2)
        rgb = torch.stack([own @ image.t() for own, image in zip(weight, pixels, strict=True)])
        return limited(rgb.unflatten(2, x.shape[2:]).float() + self.bias[:, None, None], self.clamp)


def limited(x: Tensor, clamp: float | None) -> Tensor:
    """The activations within [-clamp, clamp]; as they are without a limit."""
    return x if clamp is None else x.clamp(-clamp, clamp)


class SynthesisBlock(nn.Module):
    """All layers of one resolution; adds its RGB to the upsampled image of the block before.

    Args:
        in_channels: 0 for the first block, which starts from a learned constant.
        resolution: Side of this block's output, in pixels.
        clamp: See `ModulatedConv`.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        w_dim: int,
        resolution: int,
        img_channels: int,
        clamp: float | None = None,
    ) -> None:
        super().__init__()
        self.register_buffer("resample_filter", resample_filter())
        if in_channels == 0:
            self.const = nn.Parameter(torch.randn(out_channels, resolution, resolution))
            self.conv0 = None
        else:
            self.conv0 = ModulatedConv(in_channels, out_channels, w_dim, resolution, up=True, clamp=clamp)
        self.conv1 = ModulatedConv(out_channels, out_channels, w_dim, resolution, up=False, clamp=clamp)
        self.torgb = ToRGB(out_channels, img_channels, w_dim, clamp)
        wide = resolution >= CHANNELS_LAST_FROM
        self.memory_format = torch.channels_last if wide else torch.contiguous_format

    @property
    def layers(self) -> list[ModulatedConv | ToRGB]:
        """Layers in the order in which they consume styles."""
        convs = [self.conv1] if self.conv0 is None else [self.conv0, self.conv1]
        return [*convs, self.torgb]

    def forward(
        self, x: Tensor | None, image: Tensor | None, styles: list[Tensor], noise_mode: str
    ) -> tuple[Float[Tensor, "B C H W"], Float[Tensor, "B 3 H W"]]:
        if x is None or self.conv0 is None:
            features = self.const.expand(styles[0].shape[0], -1, -1, -1)
        else:
            features = self.conv0(x.contiguous(memory_format=self.memory_format), styles[0], noise_mode)
        features = self.conv1(features, styles[-2], noise_mode)
        rgb = self.torgb(features, styles[-1])
        return features, rgb if image is None else upsample_image(image) + rgb
