"""StyleGAN2 generator: one class for the embedded 128 px model and for the public 1024 px checkpoints.

Reference: Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", CVPR 2020; layout as in SPEC 3.1.
"""

import math

from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.errors import ConfigError
from stitch_exp.networks.stylegan2_layers import SynthesisBlock
from stitch_exp.networks.stylegan_mapping import MappedGenerator, MappingNetwork

NOISE_MODES = ("const", "none", "random")


class SynthesisNetwork(nn.Module):
    """Blocks `b4`, `b8`, ... up to the output resolution, with skip connections between their RGB images."""

    def __init__(
        self,
        w_dim: int,
        img_resolution: int,
        img_channels: int,
        channel_base: int,
        channel_max: int,
        conv_clamp: float | None,
    ) -> None:
        super().__init__()
        self.resolutions = [2**power for power in range(2, int(math.log2(img_resolution)) + 1)]
        before = 0
        for resolution in self.resolutions:
            channels = min(channel_base // resolution, channel_max)
            setattr(
                self, f"b{resolution}", SynthesisBlock(before, channels, w_dim, resolution, img_channels, conv_clamp)
            )
            before = channels

    def blocks(self) -> list[SynthesisBlock]:
        """Blocks from 4 px upwards."""
        return [getattr(self, f"b{resolution}") for resolution in self.resolutions]


class Generator(MappedGenerator):
    """StyleGAN2: W+ codes or StyleSpace styles in, images out.

    Args:
        z_dim: Width of the Gaussian input of the mapping network.
        w_dim: Width of a W row.
        img_resolution: Side of the output, a power of two of at least 8.
        img_channels: Colour channels.
        num_mapping_layers: Depth of the mapping network.
        channel_base: Channels at resolution r are `min(channel_base / r, channel_max)`.
        channel_max: See `channel_base`.
        conv_clamp: Largest absolute activation of all layers; None for no limit. Snapshots that were trained in half
            precision have 256, whatever the precision they are run in.
    """

    synthesis: SynthesisNetwork

    def __init__(
        self,
        *,
        z_dim: int = 512,
        w_dim: int = 512,
        img_resolution: int,
        img_channels: int = 3,
        num_mapping_layers: int = 8,
        channel_base: int = 32768,
        channel_max: int = 512,
        conv_clamp: float | None = None,
    ) -> None:
        super().__init__()
        if img_resolution < 8 or img_resolution & (img_resolution - 1):
            raise ConfigError(f"img_resolution is {img_resolution}; use a power of two of at least 8")
        self.z_dim, self.w_dim, self.resolution = z_dim, w_dim, img_resolution
        self.num_ws = 2 * int(math.log2(img_resolution)) - 2
        self.mapping = MappingNetwork(z_dim, w_dim, num_mapping_layers)
        self.synthesis = SynthesisNetwork(w_dim, img_resolution, img_channels, channel_base, channel_max, conv_clamp)

    def layers_below(self, side: int) -> list[nn.Module]:
        """Blocks of less than `side` px."""
        pairs = zip(self.synthesis.blocks(), self.synthesis.resolutions, strict=True)
        return [block for block, resolution in pairs if resolution < side]

    def stop_at(self, resolution: int) -> None:
        """Drop the blocks above `resolution`: skip connections make every running image a picture of its own.

        Raises:
            ConfigError: The generator has no block of this side.
        """
        kept = len(self._blocks_to(resolution))
        for dropped in self.synthesis.resolutions[kept:]:
            delattr(self.synthesis, f"b{dropped}")
        self.synthesis.resolutions = self.synthesis.resolutions[:kept]
        self.resolution = resolution

    def style_space(self, ws: Float[Tensor, "B L D"]) -> list[Float[Tensor, "B _"]]:
        """Per-layer channel scales in S order: `b4.conv1, b4.torgb, b8.conv0, b8.conv1, b8.torgb, ...`.

        Styles of torgb layers are those before their `1 / sqrt(in)` gain. Every torgb reads the same row of W+ as the
        first convolution of the next block.

        Reference: StyleSpace (Wu et al. 2021), section 3; SPEC 9.2.
        """
        return self._styles(ws, self.synthesis.blocks())

    def forward(
        self, ws: Float[Tensor, "B L D"], noise_mode: str = "const", resolution: int | None = None
    ) -> Float[Tensor, "B 3 S S"]:
        """Renders W+ codes.

        Args:
            noise_mode: `const` (stored noise), `none`, or `random` (fresh noise).
            resolution: Stop at the running image of this side instead of the full one.

        Returns:
            Image in about [-1, 1], float32 whatever the autocast.
        """
        return self._render(self._styles(ws, self._blocks_to(resolution)), noise_mode, resolution)

    def from_styles(
        self, styles: list[Float[Tensor, "B _"]], noise_mode: str = "const", resolution: int | None = None
    ) -> Float[Tensor, "B 3 S S"]:
        """Renders styles as `style_space` orders them; see `forward` for the rest."""
        return self._render(styles, noise_mode, resolution)

    def _blocks_to(self, resolution: int | None) -> list[SynthesisBlock]:
        if resolution is None:
            return self.synthesis.blocks()
        if resolution not in self.synthesis.resolutions:
            raise ConfigError(f"resolution is {resolution}; this generator has {self.synthesis.resolutions}")
        return self.synthesis.blocks()[: self.synthesis.resolutions.index(resolution) + 1]

    def _styles(self, ws: Tensor, blocks: list[SynthesisBlock]) -> list[Tensor]:
        if ws.shape[1] != self.num_ws:
            raise ConfigError(f"codes have {ws.shape[1]} rows; a {self.resolution} px generator takes {self.num_ws}")
        styles, row = [], 0
        for block in blocks:
            styles += [layer.affine(ws[:, row + offset]) for offset, layer in enumerate(block.layers)]
            row += len(block.layers) - 1
        return styles

    def _render(self, styles: list[Tensor], noise_mode: str, resolution: int | None) -> Tensor:
        if noise_mode not in NOISE_MODES:
            raise ConfigError(f"noise_mode is {noise_mode!r}; use one of {', '.join(NOISE_MODES)}")
        x = image = None
        for block in self._blocks_to(resolution):
            count = len(block.layers)
            x, image = block(x, image, styles[:count], noise_mode)
            styles = styles[count:]
        assert image is not None
        return image.contiguous()
