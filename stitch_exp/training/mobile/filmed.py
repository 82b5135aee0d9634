"""Pictures as a camera and a codec leave them: what tells frames of a video from renderings.

The code to be found stays that of the clean picture, so the encoder learns to look through all of it.
"""

import io
import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from stitch_exp.ops.ranges import to_pixels, to_unit

Images = Float[Tensor, "B 3 S S"]


@dataclass(frozen=True, slots=True)
class FilmedPlan:
    """How much of everything. Shares are of the pictures; the rest happens to all of them.

    Args:
        degrees: Largest rotation.
        zoom: Largest relative change of scale.
        shift: Standard deviation of shifts down and across, in sides.
        exposure: Standard deviation of the logarithm of the gain, and of that of gamma.
        tint: Standard deviation of the logarithm of each channel's own gain.
        slope: Standard deviation of the relative change of light from the middle to a border.
        blurred_share: Share that is shrunk and enlarged again.
        least_scale: Strongest shrinking.
        largest_scale: Weakest shrinking.
        noisy_share: Share with noise.
        noise: Largest standard deviation of it, for pixels in [0, 1].
        compressed_share: Share that goes through JPEG.
        worst_quality: Lowest JPEG quality.
        best_quality: Highest.
        covered_share: Share with a plain rectangle at the left or right border, where a hand may be.
    """

    degrees: float
    zoom: float
    shift: float
    exposure: float
    tint: float
    slope: float
    blurred_share: float
    least_scale: float
    largest_scale: float
    noisy_share: float
    noise: float
    compressed_share: float
    worst_quality: int
    best_quality: int
    covered_share: float


class Filmed(torch.nn.Module):
    """Renderings in [-1, 1] to frames of a video in [-1, 1]: misaligned, lit, covered, blurred, noisy, compressed.

    All draws come from torch's own source of random numbers.
    """

    def __init__(self, plan: FilmedPlan) -> None:
        super().__init__()
        self.plan = plan

    def forward(self, images: Images) -> Images:
        return self.recorded(self.scene(images))

    @torch.no_grad()
    def scene(self, images: Images) -> Images:
        """What stands before the camera: the faces, misaligned and lit."""
        return self._light(self._move(images).add(1).div(2).clamp(0, 1)) * 2 - 1

    @torch.no_grad()
    def recorded(self, scene: Images) -> Images:
        """What camera and codec make of it: blurred, noisy, covered, compressed."""
        plan, frames = self.plan, []
        x = (scene + 1) / 2
        for frame in x.split(1):
            frame = self._blur(frame) if _happens(plan.blurred_share) else frame
            frame = self._add_noise(frame) if _happens(plan.noisy_share) else frame
            frame = self._cover(frame) if _happens(plan.covered_share) else frame
            frames.append(self._compress(frame) if _happens(plan.compressed_share) else frame)
        return torch.cat(frames) * 2 - 1

    def _move(self, images: Images) -> Images:
        count, plan = len(images), self.plan
        angle, scale = _uniform(count) * math.radians(plan.degrees), 1 + _uniform(count) * plan.zoom
        cos, sin, shift = angle.cos() * scale, angle.sin() * scale, 2 * plan.shift * torch.randn(2, count)
        matrix = torch.stack([cos, -sin, shift[0], sin, cos, shift[1]], dim=1).view(count, 2, 3)
        grid = F.affine_grid(matrix.to(images), list(images.shape), align_corners=False)
        return F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)

    def _light(self, x: Images) -> Images:
        count, side, plan = len(x), x.shape[-1], self.plan
        gain, gamma = (torch.randn(2, count, 1, 1, 1) * plan.exposure).exp().to(x)
        tint = (torch.randn(count, 3, 1, 1) * plan.tint).exp().to(x)
        across = torch.linspace(-1, 1, side)
        slopes = plan.slope * torch.randn(2, count, 1, 1, 1)
        light = 1 + slopes[0] * across[:, None] + slopes[1] * across
        return (x**gamma * gain * tint * light.to(x)).clamp(0, 1)

    def _blur(self, x: Images) -> Images:
        low, high = self.plan.least_scale, self.plan.largest_scale
        side = max(1, int(x.shape[-1] * (low + (high - low) * torch.rand(()).item())))
        mode = "bicubic" if _happens(0.5) else "bilinear"
        return F.interpolate(F.interpolate(x, (side, side), mode="area"), x.shape[-2:], mode=mode).clamp(0, 1)

    def _add_noise(self, x: Images) -> Images:
        """Coloured or grey; half of it two pixels coarse, as denoisers and chroma subsampling leave it."""
        channels, side = (3 if _happens(0.5) else 1), x.shape[-1]
        noise = torch.randn(1, channels, side, side).to(x) * torch.rand(()).item() * self.plan.noise
        if _happens(0.5):
            noise = F.interpolate(F.avg_pool2d(noise, 2), (side, side), mode="bilinear")
        return (x + noise).clamp(0, 1)

    def _cover(self, x: Images) -> Images:
        side, x = x.shape[-1], x.clone()
        height, width = (int(side * share) for share in 0.08 + 0.27 * torch.rand(2))
        middle = int(side * (0.4 + 0.6 * torch.rand(()).item()))
        centre = int(side * 0.23 * torch.rand(()).item()) + (int(side * 0.77) if _happens(0.5) else 0)
        rows = slice(max(0, middle - height), middle + height)
        x[:, :, rows, max(0, centre - width) : centre + width] = torch.rand(3, 1, 1).to(x)
        return x

    def _compress(self, x: Images) -> Images:
        quality = int(torch.randint(self.plan.worst_quality, self.plan.best_quality + 1, ()))
        buffer = io.BytesIO()
        subsampling = 2 if _happens(0.5) else 0
        Image.fromarray(to_pixels(x[0] * 2 - 1)).save(buffer, "JPEG", quality=quality, subsampling=subsampling)
        return (to_unit(np.asarray(Image.open(buffer)), x.device)[None] + 1) / 2


def _happens(share: float) -> bool:
    return torch.rand(()).item() < share


def _uniform(count: int) -> Float[Tensor, " B"]:
    return torch.rand(count) * 2 - 1
