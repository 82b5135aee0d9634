"""A generator that computes as the published implementation does on a CPU, to measure ours against.

It reads the parameters of `networks.stylegan2.Generator` and gives the same images. Up-sampling inserts zeros, pads and
convolves with the full 4x4 filter. Modulation is either `fused` (weights are modulated per sample and the batch becomes
groups of one convolution) or not (activations are modulated); the published tuning loops run in training mode, which is
the unfused form, the published renderings in the fused one.

Reference: StyleGAN2 (Karras et al. 2020), section 2.2; SPEC 3.1.
"""

import math
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

GAIN = math.sqrt(2.0)


@dataclass(frozen=True, slots=True)
class ReferenceGenerator:
    """Renders with the parameters of `generator`.

    Args:
        generator: Whose parameters.
        fused: Grouped convolution with per-sample weights.
    """

    generator: nn.Module
    fused: bool

    def __call__(self, ws: Tensor) -> Tensor:
        x = image = None
        row = 0
        for block in self.generator.synthesis.blocks():
            if x is None:
                x = block.const[None].expand(len(ws), -1, -1, -1)
            else:
                x = self._layer(block.conv0, x, ws[:, row], block.resample_filter)
                row += 1
            x = self._layer(block.conv1, x, ws[:, row], None)
            row += 1
            rgb = self._to_rgb(block.torgb, x, ws[:, row])
            image = rgb if image is None else rgb + upfirdn(image, block.resample_filter, up=2, pad=(2, 1), gain=4)
        return image

    def _layer(self, layer: nn.Module, x: Tensor, w: Tensor, kernel: Tensor | None) -> Tensor:
        style = layer.affine(w)
        y = self._modulated(x, layer.weight, style, kernel)
        y = y + layer.noise_const * layer.noise_strength
        return F.leaky_relu(y + layer.bias[:, None, None], 0.2) * GAIN

    def _to_rgb(self, layer: nn.Module, x: Tensor, w: Tensor) -> Tensor:
        style = layer.affine(w) * layer.weight_gain
        if not self.fused:
            return F.conv2d(x * style[:, :, None, None], layer.weight) + layer.bias[:, None, None]
        return _grouped(x, layer.weight[None] * style[:, None, :, None, None], None) + layer.bias[:, None, None]

    def _modulated(self, x: Tensor, weight: Tensor, style: Tensor, kernel: Tensor | None) -> Tensor:
        per_sample = weight[None] * style[:, None, :, None, None]
        scale = (per_sample.square().sum(dim=(2, 3, 4)) + 1e-8).rsqrt()
        if self.fused:
            return _grouped(x, per_sample * scale[:, :, None, None, None], kernel)
        y = _convolve(x * style[:, :, None, None], weight, kernel, groups=1)
        return y * scale[:, :, None, None]


def _grouped(x: Tensor, weights: Tensor, kernel: Tensor | None) -> Tensor:
    batch, out, into, height, width = weights.shape
    joined = x.reshape(1, batch * into, *x.shape[2:])
    y = _convolve(joined, weights.reshape(batch * out, into, height, width), kernel, groups=batch)
    return y.reshape(batch, out, *y.shape[2:])


def _convolve(x: Tensor, weight: Tensor, kernel: Tensor | None, groups: int) -> Tensor:
    if kernel is None:
        return F.conv2d(x, weight, padding=weight.shape[-1] // 2, groups=groups)
    out, into = weight.shape[0] // groups, weight.shape[1]
    flipped = weight.reshape(groups, out, into, 3, 3).transpose(1, 2).reshape(groups * into, out, 3, 3)
    return upfirdn(F.conv_transpose2d(x, flipped, stride=2, groups=groups), kernel, up=1, pad=(1, 1), gain=4)


def upfirdn(x: Tensor, kernel: Tensor, up: int, pad: tuple[int, int], gain: float) -> Tensor:
    """Zero insertion, padding, and a full two-dimensional convolution with every channel on its own."""
    batch, channels, height, width = x.shape
    x = x.reshape(batch, channels, height, 1, width, 1)
    x = F.pad(x, (0, up - 1, 0, 0, 0, up - 1)).reshape(batch, channels, height * up, width * up)
    x = F.pad(x, (*pad, *pad))
    weight = (kernel * gain).flip((0, 1))[None, None].repeat(channels, 1, 1, 1).to(x.dtype)
    return F.conv2d(x, weight, groups=channels)
