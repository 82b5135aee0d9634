"""Layers of StyleGAN3: Fourier features in, alias-free convolutions after.

Tensor names follow NVIDIA's PyTorch checkpoints. Styles are scaled and demodulated around a shared convolution as in
`stylegan2_layers`; the reference also divides all styles by their RMS over the batch, a factor which demodulation
removes again, so that here an image never depends on its neighbours in the batch.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.networks.stylegan2_layers import GAIN, LEAK, FullyConnected
from stitch_exp.networks.stylegan3_design import TAPS_PER_FACTOR, Band, low_pass, radial_low_pass

CLAMP = 256.0
CHANNELS_AT_ONCE = 16
EPSILON = 1e-8


class FourierInput(nn.Module):
    """Sine waves on the canvas, moved by a transform that W predicts and by one that the user gives.

    Reference: StyleGAN3, section 3.2 (configurations B and H).
    """

    transform: Tensor
    freqs: Tensor
    phases: Tensor

    def __init__(self, w_dim: int, band: Band) -> None:
        super().__init__()
        self.band = band
        self.weight = nn.Parameter(torch.randn(band.channels, band.channels))
        self.register_buffer("transform", torch.eye(3))
        self.register_buffer("freqs", _frequencies(band))
        self.register_buffer("phases", torch.rand(band.channels) - 0.5)
        self.affine = FullyConnected(w_dim, 4)
        with torch.no_grad():
            self.affine.weight.zero_()
            self.affine.bias.copy_(torch.tensor([1.0, 0.0, 0.0, 0.0]))

    def forward(
        self, style: Float[Tensor, "B 4"], transform: Float[Tensor, "..."] | None = None
    ) -> Float[Tensor, "B C S S"]:
        """Features for `style` = (cos, sin, x, y), not yet normalised.

        Args:
            transform: [3 3] or [B 3 3], from output to canvas coordinates; None for the stored one.
        """
        matrix = _rigid(style) @ (self.transform if transform is None else transform.to(style))
        freqs = self.freqs @ matrix[:, :2, :2]
        phases = self.phases + (self.freqs @ matrix[:, :2, 2:]).squeeze(2)
        waves = torch.sin(2 * torch.pi * (self._grid(style) @ freqs.mT + phases[:, None])) * self._fade(freqs)[:, None]
        side, width = self.band.size, len(self.weight)
        mixed = waves @ (self.weight.t() / math.sqrt(width))
        return mixed.mT.unflatten(2, (side, side))

    def _grid(self, like: Tensor) -> Float[Tensor, "P 2"]:
        side = self.band.size
        ticks = (torch.arange(side, device=like.device, dtype=like.dtype) + 0.5 - side / 2) / self.band.sampling_rate
        y, x = torch.meshgrid(ticks, ticks, indexing="ij")
        return torch.stack([x, y], dim=-1).flatten(0, 1)

    def _fade(self, freqs: Float[Tensor, "B C 2"]) -> Float[Tensor, "B C"]:
        # A transform may push waves past the Nyquist frequency; they fade out before they alias.
        room = self.band.sampling_rate / 2 - self.band.cutoff
        return (1 - (freqs.norm(dim=2) - self.band.cutoff) / room).clamp(0, 1)


class FilteredConv(nn.Module):
    """Modulated convolution and a leaky ReLU computed at a higher sampling rate, so that it adds no aliases.

    Args:
        before: Band of the input.
        band: Band of the output.
        kernel: Side of the convolution: 3 (T) or 1 (R).
        is_radial: Downsample with a rotation-invariant filter (R).

    Reference: StyleGAN3, section 3.2, "filtered nonlinearities"; appendix C.1.
    """

    magnitude_ema: Tensor
    up_filter: Tensor
    down_filter: Tensor

    def __init__(self, w_dim: int, before: Band, band: Band, *, kernel: int, is_radial: bool) -> None:
        super().__init__()
        self.kernel, self.size = kernel, band.size
        rate = 2 * max(before.sampling_rate, band.sampling_rate)
        self.up, self.down = rate // before.sampling_rate, rate // band.sampling_rate
        self.weight = nn.Parameter(torch.randn(band.channels, before.channels, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(band.channels))
        self.register_buffer("magnitude_ema", torch.ones(()))
        up_taps, down_taps = TAPS_PER_FACTOR * self.up, TAPS_PER_FACTOR * self.down
        self.register_buffer("up_filter", low_pass(up_taps, before.cutoff, before.half_width, rate))
        design = radial_low_pass if is_radial and not band.is_critical else low_pass
        self.register_buffer("down_filter", design(down_taps, band.cutoff, band.half_width, rate))
        self.affine = FullyConnected(w_dim, before.channels, bias_init=1.0)
        total = (band.size - 1) * self.down + 1 - (before.size + kernel - 1) * self.up + up_taps + down_taps - 2
        low = (total + self.up) // 2
        self.padding = (low, total - low)

    def forward(self, x: Float[Tensor, "B I H W"], style: Float[Tensor, "B I"]) -> Float[Tensor, "B O S S"]:
        weight = self.weight * self.weight.square().mean(dim=(1, 2, 3), keepdim=True).rsqrt()
        style = style * style.square().mean(dim=1, keepdim=True).rsqrt()
        gain = (style.square() @ weight.square().sum(dim=(2, 3)).t() + EPSILON).rsqrt()
        x = x * (style * self.magnitude_ema.rsqrt())[:, :, None, None]
        x = F.conv2d(x, weight, padding=self.kernel - 1)
        x = torch.addcmul(self.bias[:, None, None], x, gain[:, :, None, None])
        # The array between the two filters is the largest by far: a few channels at a time keep it small.
        return torch.cat([self._activate(part) for part in x.split(CHANNELS_AT_ONCE, dim=1)], dim=1)

    def _activate(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C S S"]:
        # A leaky ReLU commutes with a positive factor, so its gain rides on the two passes of the filter.
        x = upsample(x, self.up_filter * math.sqrt(GAIN), self.up, self.padding)
        x = F.leaky_relu_(x, LEAK).clamp(-CLAMP, CLAMP)
        return downsample(x.contiguous(memory_format=torch.channels_last), self.down_filter, self.down)


class LinearToRGB(nn.Module):
    """1x1 modulated convolution to colours, without demodulation, filter or nonlinearity."""

    magnitude_ema: Tensor

    def __init__(self, w_dim: int, before: Band, band: Band) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(band.channels, before.channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(band.channels))
        self.register_buffer("magnitude_ema", torch.ones(()))
        self.affine = FullyConnected(w_dim, before.channels, bias_init=1.0)
        self.style_gain = 1.0 / math.sqrt(before.channels)

    def forward(self, x: Float[Tensor, "B I S S"], style: Float[Tensor, "B I"]) -> Float[Tensor, "B O S S"]:
        x = x * (style * self.magnitude_ema.rsqrt())[:, :, None, None]
        return F.conv2d(x, self.weight, self.bias).clamp(-CLAMP, CLAMP)


def upsample(
    x: Float[Tensor, "B C H W"], taps: Float[Tensor, " taps"], factor: int, padding: tuple[int, int]
) -> Float[Tensor, "B C H2 W2"]:
    """Inserts zeros and low-passes along both axes, keeping the amplitude.

    Args:
        padding: Samples added (or cut, if negative) before and after, at the new rate and before filtering.
    """
    for axis in (2, 3):
        x = _stretch(x, taps * factor, factor, padding, axis)
    return x


def _stretch(x: Tensor, taps: Tensor, factor: int, padding: tuple[int, int], axis: int) -> Tensor:
    # A transposed convolution gives the filter's full response; the padding then only says where to cut it.
    shape, step = ((-1, 1), (factor, 1)) if axis == 2 else ((1, -1), (1, factor))
    full = F.conv_transpose2d(x, _depthwise(taps.reshape(shape), x), stride=step, groups=x.shape[1])
    reach = len(taps) - 1
    cut = (padding[0] - reach, padding[1] - reach + factor - 1)
    return F.pad(full, (0, 0, *cut) if axis == 2 else cut)


def downsample(x: Float[Tensor, "B C H W"], taps: Float[Tensor, "..."], factor: int) -> Float[Tensor, "B C H2 W2"]:
    """Low-passes without padding and keeps every `factor`-th sample; a 1-D filter runs along both axes."""
    if taps.ndim == 2:
        return F.conv2d(x, _depthwise(taps.flip(0, 1), x), stride=factor, groups=x.shape[1])
    flipped = taps.flip(0)
    x = F.conv2d(x, _depthwise(flipped[:, None], x), stride=(factor, 1), groups=x.shape[1])
    return F.conv2d(x, _depthwise(flipped[None], x), stride=(1, factor), groups=x.shape[1])


def _depthwise(kernel: Tensor, x: Tensor) -> Tensor:
    return kernel.to(x.dtype).expand(x.shape[1], 1, *kernel.shape)


def _rigid(style: Float[Tensor, "B 4"]) -> Float[Tensor, "B 3 3"]:
    """Rotation after translation, from (cos, sin, x, y) up to a common factor."""
    cos, sin, x, y = (style / style[:, :2].norm(dim=1, keepdim=True)).unbind(dim=1)
    zero, one = torch.zeros_like(cos), torch.ones_like(cos)
    rows = [cos, -sin, sin * y - cos * x, sin, cos, -sin * x - cos * y, zero, zero, one]
    return torch.stack(rows, dim=1).unflatten(1, (3, 3))


def _frequencies(band: Band) -> Float[Tensor, "C 2"]:
    """Uniform inside the circle of the band limit, as a normal variable squashed towards it."""
    freqs = torch.randn(band.channels, 2)
    radius = freqs.square().sum(dim=1, keepdim=True).sqrt()
    return freqs / (radius * radius.square().exp().pow(0.25)) * band.cutoff
