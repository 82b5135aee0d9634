"""The image is what the basis says it is a linear function of."""

import pytest
import torch

from stitch_exp.errors import ConfigError
from stitch_exp.networks import stylegan3
from stitch_exp.networks.rgb_basis import RgbBasis, joined
from stitch_exp.types import WPlus
from tests.small_clip import codes, tiny_generator


@pytest.mark.parametrize("from_px", [4, 16])
def test_difference_is_what_other_weights_render(from_px: int) -> None:
    generator, latents = tiny_generator(), WPlus(codes(2))
    basis = RgbBasis(generator, from_px)
    images, features = basis(latents)
    change = 0.1 * torch.randn(sum(layer.shape[1] for layer in features) + 1, 3)
    expected = images + basis.difference(features, change)
    basis.add(change)
    assert torch.allclose(latents.render(generator), expected, atol=1e-4)


def test_joined_features_are_the_same_function() -> None:
    basis = RgbBasis(tiny_generator(), 8)
    _, features = basis(WPlus(codes(1)))
    grid = joined(features, 32)
    change = torch.randn(grid.shape[1], 3)
    assert torch.allclose(
        torch.einsum("bfhw,fo->bohw", grid, change), basis.difference(features, change), atol=1e-3, rtol=1e-3
    )


def test_other_generators_are_refused() -> None:
    other = stylegan3.Generator(z_dim=8, w_dim=8, img_resolution=16, channel_base=128, channel_max=8)
    with pytest.raises(ConfigError, match="stitching=border_fast"):
        RgbBasis(other, 16)
