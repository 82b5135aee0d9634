"""A small network that says how one edit changes one person's face: what `distill` trains and `live` runs.

It predicts the change and where it belongs, not the picture: what the edit leaves alone keeps all the sharpness of the
camera. Wrinkles, skin and hair are handed to it, as a detail map that is bent to the frame's landmarks
(`ops.detail.DetailMap`): all of it goes to the change, and what the network adds corrects it. So a network that has
learned nothing already shows most of the edit, and one that is unsure of details does not weaken them. With the map
comes how far each place can be trusted to be the face: what is in front of it is left alone. Inside it works at half
the side; four of its numbers are the change of four pixels. Its answer is multiplied by the strength, so that strength
0 changes nothing, whatever the weights.

Reference: Ronneberger et al. 2015, "U-Net"; Howard et al. 2017, "MobileNets", for convolutions that filter each channel
and then mix them; Liu et al. 2022, "A ConvNet for the 2020s", for the block; Zhang 2019, "Making Convolutional Networks
Shift-Invariant Again", for filtering before halving, without which the edit would flicker with every small motion; Shi
et al. 2016, "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural
Network"; Aitken et al. 2017, "Checkerboard artifact free sub-pixel convolution", for how its weights begin.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.errors import ConfigError
from stitch_exp.ops.fir import resample_filter

WIDTHS = (24, 48, 96, 160)
DEPTHS = (1, 1, 2, 3)
EXPANSION = 2
KERNEL = 5
WINDOW_OF_SIDE = 1 / 32
_PIXELS = 4 * 3
"""Numbers of four pixels."""
_OPEN = 2.0
"""Where the mask begins, before its sigmoid."""
_SURE = 0.8
"""Where the mask is surer than this, all of the change is shown: no network taught for minutes is ever quite sure."""


class Change(NamedTuple):
    """What is done to crops."""

    colour: Float[Tensor, "B 3 S S"]
    """What is added to the crop, in units of [-1, 1] images, the mask included; exactly 0 at strength 0."""
    mask: Float[Tensor, "B 1 S S"]
    """Where the face is, 0 to 1; 0 at the crop's edge."""


class SeparableBlock(nn.Module):
    """Filter each channel, widen, narrow; added to the input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(width, width, KERNEL, padding=KERNEL // 2, groups=width)
        self.expand = nn.Conv2d(width, EXPANSION * width, 1)
        self.project = nn.Conv2d(EXPANSION * width, width, 1)

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C H W"]:
        return x + self.project(F.relu6(self.expand(self.depthwise(x))))


class SmoothHalf(nn.Module):
    """Half the side behind a [1, 3, 3, 1] filter, then another width."""

    kernel: Float[Tensor, "C 1 4 4"]

    def __init__(self, width: int, out_width: int) -> None:
        super().__init__()
        self.register_buffer("kernel", resample_filter().expand(width, 1, 4, 4).clone(), persistent=False)
        self.mix = nn.Conv2d(width, out_width, 1)

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B O H2 W2"]:
        return self.mix(F.conv2d(x, self.kernel, stride=2, padding=1, groups=x.shape[1]))


class LiveUNet(nn.Module):
    """Crop, strength and detail map in, change and mask out.

    Args:
        widths: Channels at a half, a quarter, an eighth, ... of the crop's side.
        depths: Blocks at each of these sides; the coarsest is passed once, the others on the way down and up.

    Raises:
        ConfigError: Widths and depths of different number.
    """

    def __init__(self, *, widths: Sequence[int] = WIDTHS, depths: Sequence[int] = DEPTHS) -> None:
        super().__init__()
        if len(widths) != len(depths) or not widths:
            raise ConfigError(f"a network needs as many depths as widths, not {list(depths)} for {list(widths)}")
        self.widths, self.depths = tuple(widths), tuple(depths)
        self.stem = nn.Conv2d(2 * _PIXELS + 1, widths[0], 3, padding=1)
        self.down = nn.ModuleList(_blocks(width, depth) for width, depth in zip(widths, depths, strict=True))
        self.halve = nn.ModuleList(SmoothHalf(fine, coarse) for fine, coarse in itertools.pairwise(widths))
        self.rise = nn.ModuleList(nn.Conv2d(coarse, fine, 1) for fine, coarse in itertools.pairwise(widths))
        self.up = nn.ModuleList(_blocks(width, depth) for width, depth in zip(widths[:-1], depths[:-1], strict=True))
        self.head = nn.Conv2d(widths[0], _PIXELS + 1, 3, padding=1)
        self._begin_alike()

    @torch.no_grad()
    def _begin_alike(self) -> None:
        """The four pixels of a place begin with the same weights, or the change would begin as a chequerboard.

        The mask begins at 0.88, where it still learns quickly.
        """
        nn.init.normal_(self.head.weight, std=1e-3)
        nn.init.zeros_(self.head.bias)  # pyright: ignore[reportArgumentType]
        self.head.weight[:_PIXELS] = self.head.weight[:_PIXELS:4].repeat_interleave(4, dim=0)
        self.head.bias[_PIXELS] = _OPEN  # pyright: ignore[reportOptionalSubscript]

    @property
    def multiple(self) -> int:
        """Sides of crops are multiples of this."""
        return 2 ** len(self.widths)

    def forward(
        self, crops: Float[Tensor, "B 3 S S"], strength: Float[Tensor, " B"], detail: Float[Tensor, "B 4 S S"]
    ) -> Change:
        """How the edit at these strengths changes the crops.

        Args:
            crops: As filmed, in [-1, 1].
            strength: Share of the strongest edit that was trained, -1 to 1.
            detail: The detail map at the frame's landmarks, in units of [-1, 1] images, and how far each place can be
                trusted, 0 to 1.
        """
        added, trust = detail.split((3, 1), dim=1)
        x = F.pixel_unshuffle(torch.cat([crops, added], dim=1), 2)
        plane = strength[:, None, None, None].expand(-1, 1, x.shape[2], x.shape[3])
        x = self.stem(torch.cat([x, plane], dim=1))
        skips = []
        for blocks, halve in zip(self.down, self.halve, strict=False):
            x = blocks(x)
            skips.append(x)
            x = halve(x)
        x = self.down[-1](x)
        for rise, blocks, skip in zip(reversed(self.rise), reversed(self.up), reversed(skips), strict=True):
            x = blocks(skip + _doubled(rise(x)))
        colour, mask = self.head(x).split((_PIXELS, 1), dim=1)
        mask = _doubled(mask.sigmoid() * edge_window(int(crops.shape[-1]) // 2, crops))
        colour = F.pixel_shuffle(colour, 2) + added
        mask = mask * trust
        shown = (mask / _SURE).clamp(max=1)
        return Change(colour * shown * strength[:, None, None, None], mask)


def edge_window(side: int, like: Tensor) -> Float[Tensor, "S S"]:
    """1 inside a square, falling to 0 over the last 32nd of its side, so that a crop never shows its edge."""
    place = torch.arange(side, device=like.device, dtype=like.dtype)
    ramp = (torch.minimum(place, side - 1 - place) / max(1.0, side * WINDOW_OF_SIDE)).clamp(max=1.0)
    return ramp[:, None] * ramp


def _blocks(width: int, depth: int) -> nn.Sequential:
    return nn.Sequential(*(SeparableBlock(width) for _ in range(depth)))


def _doubled(x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C H2 W2"]:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
