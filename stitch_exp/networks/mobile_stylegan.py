"""MobileStyleGAN-FFHQ: StyleGAN2-FFHQ's own W space at a twentieth of its arithmetic.

Reference: Belousov 2021, "MobileStyleGAN"; the files' layout and the map from W+ rows to layers are in SPEC 15.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.errors import ConfigError
from stitch_exp.networks.mobile_layers import DenseConv, SeparableConv, ToImage, Upsampling, inverse_haar
from stitch_exp.networks.stylegan2 import NOISE_MODES
from stitch_exp.networks.stylegan_mapping import MappedGenerator, MappingNetwork

CHANNELS = {4: 512, 8: 512, 16: 512, 32: 512, 64: 512, 128: 256, 256: 128, 512: 64}
"""Channels of the features of each side in px."""
HEAD_CHANNELS = {128: 96, 256: 48}
"""Width of the heads that make a picture before the last block; see `Head`."""
NUM_WS = 18
"""Rows of a W+ code of StyleGAN2-FFHQ at 1024 px; the last two do nothing here."""


class Head(nn.Module):
    """A picture from the features of an inner block: one more separable convolution, then colours.

    The published file has no such heads; ours were fitted to the area average of the full picture
    (`python -m stitch_exp.training stage=mobile_heads`).
    """

    def __init__(self, side: int, w_dim: int) -> None:
        super().__init__()
        self.conv = SeparableConv(CHANNELS[side], HEAD_CHANNELS[side], w_dim, side)
        self.to_image = ToImage(HEAD_CHANNELS[side], 3, w_dim)

    @property
    def layers(self) -> list[SeparableConv | ToImage]:
        return [self.conv, self.to_image]

    def forward(self, x: Tensor, styles: list[Tensor], noise_mode: str) -> Float[Tensor, "B 3 S S"]:
        return self.to_image(self.conv(x, styles[0], noise_mode), styles[1], 3)


class Block(nn.Module):
    """Doubles the side: upsampling, then two separable convolutions."""

    def __init__(self, side: int, w_dim: int) -> None:
        super().__init__()
        before, channels = CHANNELS[side // 2], CHANNELS[side]
        self.up = Upsampling(before, w_dim)
        self.conv0 = SeparableConv(before // 4, channels, w_dim, side)
        self.conv1 = SeparableConv(channels, channels, w_dim, side)

    @property
    def layers(self) -> list[Upsampling | SeparableConv]:
        return [self.up, self.conv0, self.conv1]

    def forward(self, x: Tensor, styles: list[Tensor], noise_mode: str) -> Tensor:
        x = self.conv0(self.up(x, styles[0]), styles[1], noise_mode)
        return self.conv1(x, styles[2], noise_mode)


class MobileSynthesis(nn.Module):
    """Blocks `b4` to `b512`, the heads `head128` and `head256`, and `to_image` after the last block."""

    def __init__(self, w_dim: int) -> None:
        super().__init__()
        self.const = nn.Parameter(torch.randn(CHANNELS[4], 4, 4))
        self.b4 = DenseConv(CHANNELS[4], CHANNELS[4], w_dim, 4)
        self.sides = [side for side in CHANNELS if side > 4]
        for side in self.sides:
            setattr(self, f"b{side}", Block(side, w_dim))
        for side in HEAD_CHANNELS:
            setattr(self, f"head{side}", Head(side, w_dim))
        self.to_image = ToImage(CHANNELS[512], 12, w_dim)

    def block(self, side: int) -> Block:
        """The block whose features have this side."""
        return getattr(self, f"b{side}")


class MobileGenerator(MappedGenerator):
    """W+ codes of StyleGAN2-FFHQ at 1024 px in, pictures of 128, 256, 512 or 1024 px out.

    The 512 px picture is the low band of the last Haar transform, which is the 2x2 mean of the 1024 px one.

    Args:
        w_dim: Width of z and of a W row.
        num_mapping_layers: Depth of the mapping network.
    """

    synthesis: MobileSynthesis

    def __init__(self, *, w_dim: int = 512, num_mapping_layers: int = 8) -> None:
        super().__init__()
        self.z_dim = self.w_dim = w_dim
        self.num_ws, self.resolution = NUM_WS, 1024
        self.mapping = MappingNetwork(w_dim, w_dim, num_mapping_layers)
        self.synthesis = MobileSynthesis(w_dim)

    def layers_below(self, side: int) -> list[nn.Module]:
        """The first layer and the blocks of less than `side` px; the learned constant goes with the first layer."""
        blocks = [self.synthesis.block(s) for s in self.synthesis.sides if s < side]
        return [self.synthesis.b4, *blocks] if side > 4 else []

    def stop_at(self, resolution: int) -> None:
        """Drop what a picture of this side does not need: later blocks, and their heads. Smaller pictures stay.

        Raises:
            ConfigError: There is no head of this side.
        """
        self._check(resolution)
        unused = [f"b{side}" for side in self.synthesis.sides if side > resolution]
        unused += [f"head{side}" for side in HEAD_CHANNELS if side > resolution]
        if resolution < 512:
            unused.append("to_image")
        for name in unused:
            if hasattr(self.synthesis, name):
                delattr(self.synthesis, name)
        self.synthesis.sides = [side for side in self.synthesis.sides if side <= resolution]
        self.resolution = resolution

    def style_space(self, ws: Float[Tensor, "B L D"]) -> list[Float[Tensor, "B _"]]:
        """Scales of the input channels of every layer that a picture of the full side needs, in order of use."""
        return self._styles(ws, self.resolution)

    def forward(
        self, ws: Float[Tensor, "B L D"], noise_mode: str = "const", resolution: int | None = None
    ) -> Float[Tensor, "B 3 S S"]:
        """Renders W+ codes.

        Args:
            noise_mode: `const` (stored noise), `none`, or `random` (fresh noise of the stored strength).
            resolution: Side of the picture: of 128, 256, 512 and 1024 px what `stop_at` has left; None for the full
                one.

        Returns:
            Picture in about [-1, 1], float32 whatever the autocast.
        """
        side = resolution or self.resolution
        return self.from_styles(self._styles(ws, side), noise_mode, side)

    def from_styles(
        self, styles: list[Float[Tensor, "B _"]], noise_mode: str = "const", resolution: int | None = None
    ) -> Float[Tensor, "B 3 S S"]:
        """Renders styles as `style_space` orders them; see `forward` for the rest."""
        if noise_mode not in NOISE_MODES:
            raise ConfigError(f"noise_mode is {noise_mode!r}; use one of {', '.join(NOISE_MODES)}")
        side = resolution or self.resolution
        self._check(side)
        own_noise = self.synthesis.b4.noise_const.ndim == 4  # one plane an image, as the projector of PTI puts there
        if styles[0].device.type == "cuda" or len(styles[0]) == 1 or own_noise:
            return self._render(styles, noise_mode, side)
        # One matrix product an image is twice as fast on a CPU as a batched one, and the caches hold more of it.
        images = [self._render([style[i : i + 1] for style in styles], noise_mode, side) for i in range(len(styles[0]))]
        return torch.cat(images)

    def _render(self, styles: list[Tensor], noise_mode: str, side: int) -> Tensor:
        synthesis = self.synthesis
        x = synthesis.const.expand(len(styles[0]), -1, -1, -1)
        x = synthesis.b4(x, styles[0], noise_mode).contiguous(memory_format=torch.channels_last)
        used = 1
        for block_side in self._sides_to(side):
            x = synthesis.block(block_side)(x, styles[used : used + 3], noise_mode)
            used += 3
        return self._picture(x, styles[used:], noise_mode, side).float().contiguous()

    def _picture(self, x: Tensor, styles: list[Tensor], noise_mode: str, side: int) -> Tensor:
        if side in HEAD_CHANNELS:
            return getattr(self.synthesis, f"head{side}")(x, styles, noise_mode)
        if side == 512:
            return self.synthesis.to_image(x, styles[0], 3) / 2
        bands = self.synthesis.to_image(x, styles[0], 12)
        return inverse_haar(bands, torch.ones_like(bands[:, :, 0, 0]))

    def _styles(self, ws: Tensor, side: int) -> list[Tensor]:
        if ws.shape[1] != self.num_ws:
            raise ConfigError(f"codes have {ws.shape[1]} rows; a generator of StyleGAN2-FFHQ codes takes {self.num_ws}")
        self._check(side)
        synthesis, styles, row = self.synthesis, [self.synthesis.b4.affine(ws[:, 0])], 1
        for block_side in self._sides_to(side):
            block = synthesis.block(block_side)
            styles += [block.up.affine(ws[:, row]), block.conv0.affine(ws[:, row]), block.conv1.affine(ws[:, row + 1])]
            row += 2
        if side in HEAD_CHANNELS:
            return styles + [layer.affine(ws[:, row]) for layer in getattr(synthesis, f"head{side}").layers]
        return [*styles, synthesis.to_image.affine(ws[:, row])]

    def _sides_to(self, side: int) -> list[int]:
        return [block for block in self.synthesis.sides if block <= side]

    def _check(self, side: int) -> None:
        heads = [head for head in HEAD_CHANNELS if hasattr(self.synthesis, f"head{head}")]
        sides = [*heads, *((512, 1024) if hasattr(self.synthesis, "to_image") else ())]
        if side not in sides or side > self.resolution:
            known = ", ".join(str(known) for known in sides if known <= self.resolution)
            raise ConfigError(f"resolution is {side}; this generator makes pictures of {known} px")
