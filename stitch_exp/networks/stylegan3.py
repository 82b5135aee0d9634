"""StyleGAN3 generator, configurations T (translation) and R (translation and rotation equivariance).

Reference: Karras et al., "Alias-Free Generative Adversarial Networks", NeurIPS 2021; tensor names as in SPEC 4.
"""

from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.errors import ConfigError
from stitch_exp.networks.stylegan3_design import NUM_LAYERS, plan
from stitch_exp.networks.stylegan3_layers import FilteredConv, FourierInput, LinearToRGB
from stitch_exp.networks.stylegan_mapping import MappedGenerator, MappingNetwork

OUTPUT_SCALE = 0.25


class SynthesisNetwork(nn.Module):
    """Fourier features, fourteen filtered layers, and torgb, named `L{index}_{size}_{channels}`."""

    def __init__(
        self, w_dim: int, resolution: int, img_channels: int, *, channel_base: int, channel_max: int,
        conv_kernel: int, use_radial_filters: bool,
    ) -> None:  # fmt: skip
        super().__init__()
        bands = plan(resolution, img_channels, channel_base, channel_max)
        self.input = FourierInput(w_dim, bands[0])
        self.sampling_rates = [band.sampling_rate for band in (bands[0], *bands)]
        self.names = [f"L{index}_{band.size}_{band.channels}" for index, band in enumerate(bands)]
        for index, name in enumerate(self.names):
            before, band = bands[max(index - 1, 0)], bands[index]
            if index == NUM_LAYERS:
                layer: nn.Module = LinearToRGB(w_dim, before, band)
            else:
                layer = FilteredConv(w_dim, before, band, kernel=conv_kernel, is_radial=use_radial_filters)
            setattr(self, name, layer)

    def layers(self) -> list[FilteredConv | LinearToRGB]:
        """All layers after the input, in order."""
        return [getattr(self, name) for name in self.names]


class Generator(MappedGenerator):
    """W+ codes or StyleSpace styles in, images out; methods as `stylegan2.Generator`.

    There is no noise: `noise_mode` is accepted, and has no effect, so that stages can treat both families alike.

    Args:
        z_dim: Width of the Gaussian input of the mapping network.
        w_dim: Width of a W row.
        img_resolution: Side of the output, a power of two.
        img_channels: Colour channels.
        num_mapping_layers: Depth of the mapping network.
        channel_base: 32768 for T, 65536 for R at the public configuration.
        channel_max: 512 for T, 1024 for R.
        conv_kernel: 3 for T, 1 for R.
        use_radial_filters: False for T, True for R.
    """

    synthesis: SynthesisNetwork

    def __init__(
        self,
        *,
        z_dim: int = 512,
        w_dim: int = 512,
        img_resolution: int,
        img_channels: int = 3,
        num_mapping_layers: int = 2,
        channel_base: int = 32768,
        channel_max: int = 512,
        conv_kernel: int = 3,
        use_radial_filters: bool = False,
    ) -> None:
        super().__init__()
        if img_resolution < 16 or img_resolution & (img_resolution - 1):
            raise ConfigError(f"img_resolution is {img_resolution}; StyleGAN3 needs a power of two of at least 16")
        self.z_dim, self.w_dim, self.resolution, self.num_ws = z_dim, w_dim, img_resolution, NUM_LAYERS + 2
        self.synthesis = SynthesisNetwork(
            w_dim, img_resolution, img_channels, channel_base=channel_base, channel_max=channel_max,
            conv_kernel=conv_kernel, use_radial_filters=use_radial_filters,
        )  # fmt: skip
        self.mapping = MappingNetwork(z_dim, w_dim, num_mapping_layers)

    def layers_below(self, side: int) -> list[nn.Module]:
        """Input and layers that are sampled at less than `side`."""
        parts = [self.synthesis.input, *self.synthesis.layers()]
        return [part for part, rate in zip(parts, self.synthesis.sampling_rates, strict=True) if rate < side]

    def style_space(self, ws: Float[Tensor, "B L D"]) -> list[Float[Tensor, "B _"]]:
        """Styles in order: the input's (cos, sin, x, y), the fourteen layers', torgb's.

        Torgb's are those after its `1 / sqrt(in)` gain, as published StyleSpace directions of StyleGAN3 have them
        (unlike those of StyleGAN2).

        Reference: Alaluf et al., "Third Time's the Charm? Image and Video Editing with StyleGAN3", 2022; SPEC 9.2.
        """
        if ws.shape[1] != self.num_ws:
            raise ConfigError(f"codes have {ws.shape[1]} rows; StyleGAN3 takes {self.num_ws}")
        parts = [self.synthesis.input, *self.synthesis.layers()]
        styles = [part.affine(ws[:, row]) for row, part in enumerate(parts)]
        return [*styles[:-1], styles[-1] * parts[-1].style_gain]

    def forward(
        self,
        ws: Float[Tensor, "B L D"],
        noise_mode: str = "const",
        resolution: int | None = None,
        *,
        transform: Float[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "B 3 S S"]:
        """Renders W+ codes.

        Args:
            noise_mode: Without effect.
            resolution: The generator's own side, or None; there are no running images to stop at.
            transform: [3 3] or [B 3 3] from output to canvas coordinates (unit: the image side), to render a face
                that is not aligned; None for the stored one, usually the identity.

        Returns:
            Image in about [-1, 1].

        Raises:
            ConfigError: Codes of another generator, or another resolution.
        """
        return self.from_styles(self.style_space(ws), noise_mode, resolution, transform=transform)

    def from_styles(
        self,
        styles: list[Float[Tensor, "B _"]],
        noise_mode: str = "const",
        resolution: int | None = None,
        *,
        transform: Float[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "B 3 S S"]:
        """Renders styles as `style_space` orders them; see `forward` for the rest."""
        if resolution is not None:
            self.stop_at(resolution)
        x = self.synthesis.input(styles[0], transform)
        for layer, style in zip(self.synthesis.layers(), styles[1:], strict=True):
            x = layer(x, style)
        return (x * OUTPUT_SCALE).float()
