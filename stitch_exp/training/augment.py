"""Random views of aligned faces: what a webcam and an imperfect alignment change.

Geometry and colour change the picture that must be reproduced; blur and noise change only what the encoder sees.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor


def as_float(images: UInt8[Tensor, "B 3 S S"], side: int) -> Float[Tensor, "B 3 R R"]:
    """Stored pixels to [-1, 1] at the model's side, shrunk by area averaging."""
    return shrink(images.float() / 127.5 - 1.0, side)


def shrink(images: Float[Tensor, "B 3 S S"], side: int) -> Float[Tensor, "B 3 R R"]:
    """Area average to `side`; an integer factor is an exact mean of pixels."""
    return images if images.shape[-1] == side else F.interpolate(images, (side, side), mode="area")


class RandomView(torch.nn.Module):
    """Mirror, small similarity transforms, colour gain, brightness and contrast.

    Args:
        side: Side of the result, px.
        degrees: Largest rotation.
        zoom: Largest relative change of scale.
        shift: Largest shift, as a fraction of the side.
        gain: Largest relative change of each colour channel.
        brightness: Largest change of exposure, and of contrast, relative.
    """

    def __init__(self, side: int, degrees: float, zoom: float, shift: float, gain: float, brightness: float) -> None:
        super().__init__()
        self.side, self.degrees, self.zoom, self.shift = side, degrees, zoom, shift
        self.gain, self.brightness = gain, brightness

    def forward(self, images: UInt8[Tensor, "B 3 S S"]) -> Float[Tensor, "B 3 R R"]:
        x = self._warp(images.float() / 255.0)
        return self._recolour(shrink(x, self.side)).clamp(0, 1) * 2 - 1

    def _warp(self, x: Tensor) -> Tensor:
        count, device = len(x), x.device
        angle = _uniform(count, math.radians(self.degrees), device)
        scale = 1 + _uniform(count, self.zoom, device)
        mirror = torch.where(torch.rand(count, device=device) < 0.5, -1.0, 1.0)
        cos, sin = angle.cos() * scale, angle.sin() * scale
        shift = torch.stack([_uniform(count, 2 * self.shift, device) for _ in range(2)], dim=1)
        rows = torch.stack([torch.stack([cos * mirror, -sin], 1), torch.stack([sin * mirror, cos], 1)], dim=1)
        grid = F.affine_grid(torch.cat([rows, shift[:, :, None]], dim=2), list(x.shape), align_corners=False)
        return F.grid_sample(x, grid, mode="bilinear", padding_mode="reflection", align_corners=False)

    def _recolour(self, x: Tensor) -> Tensor:
        count, device = len(x), x.device
        gain = 1 + torch.stack([_uniform(count, self.gain, device) for _ in range(3)], dim=1)
        gain = gain * (1 + _uniform(count, self.brightness, device))[:, None]
        contrast = 1 + _uniform(count, self.brightness, device)[:, None, None, None]
        mean = x.mean(dim=(1, 2, 3), keepdim=True)
        return ((x - mean) * contrast + mean) * gain[:, :, None, None]


class Degrade(torch.nn.Module):
    """Blur by down- and upsampling, and sensor noise, on half of the images; for the encoder's input only."""

    def __init__(self, noise: float = 0.06, smallest: float = 0.45) -> None:
        super().__init__()
        self.noise, self.smallest = noise, smallest

    def forward(self, images: Float[Tensor, "B 3 S S"]) -> Float[Tensor, "B 3 S S"]:
        side = images.shape[-1]
        small = max(8, int(side * (self.smallest + (1 - self.smallest) * torch.rand(()).item())))
        blurred = F.interpolate(images, (small, small), mode="bilinear", antialias=True)
        blurred = F.interpolate(blurred, (side, side), mode="bilinear")
        worse = blurred + torch.randn_like(images) * self.noise * torch.rand(len(images), 1, 1, 1, device=images.device)
        pick = torch.rand(len(images), 1, 1, 1, device=images.device) < 0.5
        return torch.where(pick, worse, images)


def _uniform(count: int, limit: float, device: torch.device) -> Tensor:
    return (torch.rand(count, device=device) * 2 - 1) * limit
