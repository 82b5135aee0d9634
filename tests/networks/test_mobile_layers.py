"""Layers of MobileStyleGAN against their definitions."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from stitch_exp.networks.mobile_layers import (
    DenseConv,
    HaarButterflies,
    SeparableConv,
    ToImage,
    Upsampling,
    inverse_haar,
    mix_channels,
)


def test_inverse_haar_of_one_pixel_by_hand() -> None:
    bands = torch.tensor([8.0, 4.0, 2.0, 1.0]).view(1, 4, 1, 1)
    expected = torch.tensor([[7.5, 4.5], [2.5, 1.5]])
    torch.testing.assert_close(inverse_haar(bands, torch.ones(1, 4))[0, 0], expected)


def test_inverse_haar_keeps_energy_and_has_the_right_gradient() -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 8, 3, 5, dtype=torch.float64, requires_grad=True)
    y = inverse_haar(x, torch.ones(2, 8, dtype=torch.float64))
    assert y.shape == (2, 2, 6, 10)
    torch.testing.assert_close(y.square().sum(), x.square().sum())
    assert torch.autograd.gradcheck(HaarButterflies.apply, x)


def test_channels_are_mixed_as_a_modulated_convolution_mixes_them() -> None:
    torch.manual_seed(0)
    x, weight, style, bias = torch.randn(2, 3, 4, 5), torch.randn(6, 3), torch.randn(2, 3), torch.randn(6)
    expected = torch.nn.functional.conv2d(x * style[:, :, None, None], weight[:, :, None, None], bias)
    torch.testing.assert_close(mix_channels(x, weight, style, bias), expected)
    torch.testing.assert_close(mix_channels(x[:1], weight, style[:1], bias), expected[:1])


def test_bands_are_those_of_the_haar_wavelet_of_pywavelets_sign_rule() -> None:
    """The forward transform by hand: each band is half the signed sum of a pixel's four."""
    signs = torch.tensor([[1, 1, 1, 1], [1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]], dtype=torch.float32)
    torch.manual_seed(0)
    image = torch.randn(1, 3, 8, 6)
    blocks = torch.stack([image[..., row::2, column::2] for row in (0, 1) for column in (0, 1)])
    bands = torch.einsum("bp,pncij->nbcij", signs / 2, blocks).flatten(1, 2)
    torch.testing.assert_close(inverse_haar(bands, torch.ones(1, 12)), image)


def test_a_flat_low_band_is_a_flat_picture() -> None:
    bands = torch.zeros(1, 4, 2, 2)
    bands[:, 0] = 3.0
    torch.testing.assert_close(inverse_haar(bands, torch.ones(1, 4)), torch.full((1, 1, 4, 4), 1.5))


def by_definition(layer: SeparableConv, x: Tensor, style: Tensor) -> Tensor:
    """Each channel filtered, all of them scaled by the style and mixed, then noise, bias and a leaky ReLU."""
    filtered = F.conv2d(x, layer.depthwise, padding=1, groups=x.shape[1])
    mixed = torch.einsum("oi,bihw->bohw", layer.pointwise, filtered * style[:, :, None, None])
    return F.leaky_relu(mixed + layer.bias[:, None, None] + layer.noise_const, 0.2)


@pytest.mark.parametrize("batch", [1, 3])
def test_a_separable_convolution_by_its_definition(batch: int) -> None:
    torch.manual_seed(0)
    layer = SeparableConv(4, 6, 8, 5).requires_grad_(False)
    layer.bias.normal_(), layer.noise_const.normal_()
    x, style = torch.randn(batch, 4, 5, 5), torch.randn(batch, 4)
    torch.testing.assert_close(layer(x, style, "const"), by_definition(layer, x, style))
    layer.noise_const.zero_()
    torch.testing.assert_close(layer(x, style, "none"), by_definition(layer, x, style))


def test_a_dense_convolution_by_its_definition() -> None:
    torch.manual_seed(0)
    layer = DenseConv(3, 4, 8, 5).requires_grad_(False)
    layer.bias.normal_(), layer.noise_const.normal_()
    x, style = torch.randn(2, 3, 5, 5), torch.randn(2, 3)
    y = F.conv2d(x * style[:, :, None, None], layer.weight, layer.bias, padding=1) + layer.noise_const
    torch.testing.assert_close(layer(x, style, "const"), F.leaky_relu(y, 0.2))


def test_random_noise_is_as_strong_as_the_stored_plane() -> None:
    torch.manual_seed(0)
    layer = DenseConv(1, 1, 8, 64).requires_grad_(False)
    layer.weight.zero_()
    layer.noise_const.normal_().mul_(0.3)
    seen = layer(torch.zeros(1, 1, 64, 64), torch.ones(1, 1), "random")
    before = torch.where(seen < 0, seen / 0.2, seen)
    assert float(before.std()) == pytest.approx(0.3, rel=0.05)
    assert abs(float(np.corrcoef(before.flatten(), layer.noise_const.flatten())[0, 1])) < 0.1


def test_gradients_of_in_place_noise_are_right() -> None:
    torch.manual_seed(0)
    layer = SeparableConv(2, 3, 4, 4).double()
    layer.noise_const.normal_()
    x = torch.randn(2, 2, 4, 4, dtype=torch.float64, requires_grad=True)
    style = torch.randn(2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, style: layer(x, style, "const"), (x, style))


@pytest.mark.parametrize("count", [3, 12])
def test_colours_are_the_first_of_the_bands(count: int) -> None:
    torch.manual_seed(0)
    layer = ToImage(4, 12, 8).requires_grad_(False)
    layer.bias.normal_()
    x, style = torch.randn(2, 4, 3, 3), torch.randn(2, 4)
    expected = torch.einsum("oi,bi,bihw->bohw", layer.weight, style, x) + layer.bias[:, None, None]
    torch.testing.assert_close(layer(x, style, count), expected[:, :count])


def test_upsampling_doubles_the_side_and_quarters_the_channels() -> None:
    x, style = torch.randn(2, 8, 3, 5), torch.randn(2, 8)
    torch.testing.assert_close(Upsampling(8, 4)(x, style), inverse_haar(x, style))
    assert Upsampling(8, 4)(x, style).shape == (2, 2, 6, 10)
