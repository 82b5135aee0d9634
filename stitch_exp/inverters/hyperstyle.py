"""HyperStyle's hypernetwork: from an image beside its reconstruction to relative offsets of the generator's weights.

Reference: Alaluf et al., "HyperStyle: StyleGAN Inversion with HyperNetworks for Real Image Editing", CVPR 2022; tensor
names as in SPEC 5.6.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock

from stitch_exp.errors import ConfigError
from stitch_exp.inverters.hyperstyle_blocks import FEATURE_WIDTH, ChannelBlock, SharedBlock, SharedWeightNet
from stitch_exp.networks.roles import Generator
from stitch_exp.networks.tuned import render_with

RESNET34 = ((3, 64, 1), (4, 128, 2), (6, 256, 2), (3, 512, 2))
"""Blocks, width and first stride of the trunk's stages."""
LAYERS_TO_TUNE = (0, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18, 20, 21, 23, 24)
"""What the published training command tunes; a checkpoint may hold fewer."""


@dataclass(frozen=True, slots=True)
class GeneratorLayer:
    """A convolution of the StyleGAN2 generator, as HyperStyle counts them."""

    key: str
    """Of its weight in the generator's state dict."""
    in_channels: int
    out_channels: int
    kernel: int


def generator_layers(resolution: int, channel_base: int = 32768, channel_max: int = 512) -> tuple[GeneratorLayer, ...]:
    """Layers in the order of HyperStyle's indices: conv1 and torgb at 4 px, then conv0, conv1, torgb of every block."""
    layers: list[GeneratorLayer] = []
    side, before = 4, 0
    while side <= resolution:
        width = min(channel_base // side, channel_max)
        if before:
            layers.append(GeneratorLayer(f"synthesis.b{side}.conv0.weight", before, width, 3))
        layers.append(GeneratorLayer(f"synthesis.b{side}.conv1.weight", width, width, 3))
        layers.append(GeneratorLayer(f"synthesis.b{side}.torgb.weight", width, 3, 1))
        side, before = 2 * side, width
    return tuple(layers)


class HyperNetwork(nn.Module):
    """ResNet-34 features of [image, reconstruction], and one block for each tuned layer.

    Args:
        layers_to_tune: Indices of `generator_layers`.
        resolution: Of the generator, px.
        channel_base: Of the generator.
        channel_max: Of the generator; 3x3 layers with this many inputs and outputs share one offset network.
        in_channels: 6, an image above its last reconstruction.
        code_dim: Width of the codes of the shared offset network.
        input_size: Side of the input, px.
    """

    def __init__(
        self,
        *,
        layers_to_tune: Sequence[int] = LAYERS_TO_TUNE,
        resolution: int = 1024,
        channel_base: int = 32768,
        channel_max: int = 512,
        in_channels: int = 6,
        code_dim: int = 512,
        input_size: int = 256,
    ) -> None:
        super().__init__()
        self.layers = generator_layers(resolution, channel_base, channel_max)
        if unknown := [index for index in layers_to_tune if not 0 <= index < len(self.layers)]:
            last = len(self.layers) - 1
            raise ConfigError(f"layers_to_tune has {unknown}; a {resolution} px generator has 0 to {last}")
        self.input_size = input_size
        self.conv1 = nn.Conv2d(in_channels, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.PReLU(64)
        self.body = _resnet_body()
        self.shared_weight_hypernet = SharedWeightNet(
            code_dim=code_dim, in_channels=channel_max, out_channels=channel_max
        )
        blocks = {str(index): self._block(index, channel_max) for index in layers_to_tune}
        self.refinement_blocks = nn.ModuleDict(blocks)

    def _block(self, index: int, widest: int) -> nn.Module:
        layer = self.layers[index]
        if layer.kernel == 3 and layer.in_channels == layer.out_channels == widest:
            halvings = (self.input_size // 16).bit_length() - 1
            return SharedBlock(self.shared_weight_hypernet, num_halvings=halvings)
        return ChannelBlock(layer.in_channels, layer.out_channels, kernel=layer.kernel)

    def features(self, images: Float[Tensor, "B C S S"]) -> Float[Tensor, "B 512 H W"]:
        """Features at 1/16 of the input's side."""
        return self.body(self.relu(self.bn1(self.conv1(images))))

    def forward(self, images: Float[Tensor, "B C S S"]) -> dict[str, Float[Tensor, "B O I K K"]]:
        """Offsets of every tuned layer, under the key of its weight in the generator's state dict."""
        features = self.features(images)
        return {self.layers[int(index)].key: block(features) for index, block in self.refinement_blocks.items()}


def _resnet_body() -> nn.Sequential:
    blocks, before = [], 64
    for count, width, stride in RESNET34:
        for index in range(count):
            step = stride if index == 0 else 1
            skip = None
            if step != 1 or before != width:
                skip = nn.Sequential(nn.Conv2d(before, width, 1, step, bias=False), nn.BatchNorm2d(width))
            blocks.append(BasicBlock(before, width, step, skip))
            before = width
    assert before == FEATURE_WIDTH
    return nn.Sequential(*blocks)


def offset_state(generator: Generator, offsets: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The changed weights `W * (1 + offset)` alone.

    Raises:
        ConfigError: Offsets of another generator.

    Reference: HyperStyle, equation 2.
    """
    weights = dict(generator.named_parameters())
    for key, offset in offsets.items():
        if key not in weights or weights[key].shape != offset.shape:
            found = tuple(weights[key].shape) if key in weights else "absent"
            raise ConfigError(f"weight offset {key!r} is {tuple(offset.shape)}, the generator's weight is {found}")
    return {key: weights[key].detach() * (1 + offset.to(weights[key])) for key, offset in offsets.items()}


def render_offset(
    generator: Generator, offsets: Mapping[str, Tensor], ws: Float[Tensor, "B L D"], **options: Any
) -> Float[Tensor, "B 3 S S"]:
    """Images of a generator whose weights are offset, without copying it. `options` go to the generator."""
    return render_with(generator, offset_state(generator, offsets), ws, **options)


def offset_weights(generator: Generator, offsets: Mapping[str, Tensor]) -> Generator:
    """A copy of the generator with offset weights; the original is left as it is."""
    changed = copy.deepcopy(generator)
    changed.load_state_dict(offset_state(generator, offsets), strict=False)
    return changed
