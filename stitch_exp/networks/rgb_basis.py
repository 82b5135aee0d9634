"""The part of a StyleGAN2 generator in which the image is linear, laid open.

A StyleGAN2 image is the sum of what the torgb layers of all resolutions make of their features, upsampled: it is a
linear function of all torgb weights together. Weights that minimise a squared error can therefore be solved for.

Reference: StyleGAN2 (Karras et al. 2020), section 4.1, skip generator.
"""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from stitch_exp.errors import ConfigError
from stitch_exp.networks.roles import Generator
from stitch_exp.networks.stylegan2 import SynthesisNetwork
from stitch_exp.networks.stylegan2_layers import ToRGB
from stitch_exp.ops.fir import upsample_image


@dataclass(frozen=True, slots=True)
class RgbBasis:
    """Features of torgb layers, and what other weights would make of them.

    Args:
        generator: A StyleGAN2 generator.
        from_px: Torgb layers of this resolution and above take part.

    Raises:
        ConfigError: The generator has no torgb layers at several resolutions (StyleGAN3).
    """

    generator: Generator
    from_px: int

    def __post_init__(self) -> None:
        self._synthesis()

    @torch.no_grad()
    def __call__(self, latents: Any) -> tuple[Float[Tensor, "B 3 S S"], list[Float[Tensor, "B _ _ _"]]]:
        """Images of the codes, and the features under each torgb layer, scaled as its weights see them.

        Args:
            latents: `types.WPlus` or `types.StyleSpace`.
        """
        seen: list[Tensor] = []

        def note(*call: Any) -> None:
            seen.append(_scaled_input(*call))

        hooks = [layer.register_forward_hook(note) for layer in self._layers()]
        try:
            images = latents.render(self.generator)
        finally:
            for hook in hooks:
                hook.remove()
        return images, seen

    def difference(
        self, features: list[Float[Tensor, "B _ _ _"]], change: Float[Tensor, "F 3"]
    ) -> Float[Tensor, "B 3 S S"]:
        """What adding `change` to the weights adds to the images: one row a feature, and last, the bias."""
        parts = change[:-1].split([layer.shape[1] for layer in features])
        image = torch.zeros_like(features[0][:, :3])
        for layer, part in zip(features, parts, strict=True):
            image = upsample_image(image) if image.shape[-1] < layer.shape[-1] else image
            image = image + torch.einsum("bchw,co->bohw", layer, part)
        return image + change[-1][:, None, None]

    @torch.no_grad()
    def add(self, change: Float[Tensor, "F 3"]) -> None:
        """Adds to the weights what `difference` shows."""
        layers = self._layers()
        parts = change[:-1].split([layer.weight.shape[1] for layer in layers])
        for layer, part in zip(layers, parts, strict=True):
            layer.weight.add_(part.t()[:, :, None, None])
        layers[-1].bias.add_(change[-1])

    def _synthesis(self) -> SynthesisNetwork:
        synthesis = self.generator.synthesis
        if not isinstance(synthesis, SynthesisNetwork):
            raise ConfigError(
                f"the closed form of stitching (from_px={self.from_px}) needs a StyleGAN2 generator, this is "
                f"{type(self.generator).__name__}; use stitching=border_fast, which has no such step"
            )
        return synthesis

    def _layers(self) -> list[ToRGB]:
        synthesis = self._synthesis()
        pairs = zip(synthesis.resolutions, synthesis.blocks(), strict=True)
        return [block.torgb for resolution, block in pairs if resolution >= self.from_px]


def joined(features: list[Float[Tensor, "B _ _ _"]], side: int) -> Float[Tensor, "B F G G"]:
    """All features on one grid, as they add to the image there, and ones for the bias."""
    on_grid = [_brought_to(layer, side) for layer in features]
    return torch.cat([*on_grid, torch.ones_like(on_grid[0][:, :1])], dim=1)


def _scaled_input(layer: ToRGB, inputs: tuple[Tensor, ...], output: Tensor) -> Float[Tensor, "B C H W"]:
    x, style = inputs
    return x.float() * (style * layer.weight_gain)[:, :, None, None]


def _brought_to(features: Float[Tensor, "B C H W"], side: int) -> Float[Tensor, "B C G G"]:
    while features.shape[-1] < side:
        features = upsample_image(features)
    return F.adaptive_avg_pool2d(features, side) if features.shape[-1] > side else features
