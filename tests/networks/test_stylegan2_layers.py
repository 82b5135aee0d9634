"""Layers of StyleGAN2 against the equations of the paper, sample by sample."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from stitch_exp.networks.stylegan2_layers import (
    FullyConnected,
    KernelPower,
    ModulatedConv,
    SynthesisBlock,
    ToRGB,
    limited,
)
from stitch_exp.ops.fir import upsample_image


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("activate", [False, True])
@pytest.mark.parametrize("rate", [1.0, 0.01])
def test_a_dense_layer_s_effective_weight_does_not_depend_on_its_rate(rate: float, activate: bool) -> None:
    layer, x = FullyConnected(9, 4, bias_init=1.0, lr_multiplier=rate, activate=activate), torch.randn(3, 9)
    expected = x @ (layer.weight * rate).T / 3 + 1.0
    torch.testing.assert_close(layer(x), F.leaky_relu(expected, 0.2) * math.sqrt(2) if activate else expected)
    assert float((layer.weight * rate).std()) == pytest.approx(1.0, abs=0.35)


def test_squared_lengths_of_kernels_and_their_gradient() -> None:
    weight = torch.randn(3, 2, 3, 3, dtype=torch.float64, requires_grad=True)
    torch.testing.assert_close(KernelPower.apply(weight), weight.square().sum(dim=(2, 3)))
    assert torch.autograd.gradcheck(KernelPower.apply, weight)


def by_definition(layer: ModulatedConv, x: Tensor, style: Tensor, noise: bool) -> Tensor:
    """Equations 1 and 3: weights scaled by the style, divided by their length; then noise, bias and activation."""
    out = []
    for image, own in zip(x, style, strict=True):
        weight = layer.weight * own[None, :, None, None]
        weight = weight / (weight.square().sum(dim=(1, 2, 3), keepdim=True) + 1e-8).sqrt()
        if layer.up:
            spread = F.conv_transpose2d(image[None], weight.transpose(0, 1), stride=2)
            filters = (4 * layer.resample_filter).expand(spread.shape[1], 1, 4, 4)
            y = F.conv2d(F.pad(spread, (1, 1, 1, 1)), filters, groups=spread.shape[1])
        else:
            y = F.conv2d(image[None], weight, padding=1)
        y = y + (layer.noise_strength * layer.noise_const if noise else 0) + layer.bias[:, None, None]
        out.append(F.leaky_relu(y, 0.2) * math.sqrt(2))
    return torch.cat(out)


def layer(up: bool, side: int = 8, clamp: float | None = None) -> ModulatedConv:
    made = ModulatedConv(3, 5, 4, side, up=up, clamp=clamp).requires_grad_(False)
    made.bias.normal_(), made.noise_strength.fill_(0.7)
    return made


@pytest.mark.parametrize("mode", ["const", "none"])
@pytest.mark.parametrize("up", [False, True])
@pytest.mark.parametrize("batch", [1, 3])
def test_a_modulated_convolution_by_its_definition(up: bool, batch: int, mode: str) -> None:
    """One image of many pixels goes through scaled weights, several through scaled activations: the same function."""
    made, x, style = layer(up, 16), torch.randn(batch, 3, 8 if up else 16, 8 if up else 16), torch.randn(batch, 3)
    assert made._is_cheaper_in_weights(x) is (batch == 1)
    expected = by_definition(made, x, style, mode == "const")
    torch.testing.assert_close(made(x, style, mode), expected, atol=1e-5, rtol=1e-4)


def test_the_scale_of_a_style_is_demodulated_away() -> None:
    made, x, style = layer(False), torch.randn(2, 3, 8, 8), torch.randn(2, 3)
    torch.testing.assert_close(made(x, style, "none"), made(x, 30 * style, "none"), atol=1e-5, rtol=1e-4)


def test_random_noise_is_drawn_for_each_image() -> None:
    made = layer(False, 32)
    made.weight.zero_(), made.bias.zero_()
    seen = made(torch.zeros(2, 3, 32, 32), torch.ones(2, 3), "random")
    before = torch.where(seen < 0, seen / 0.2, seen) / math.sqrt(2)
    assert float(before.std()) == pytest.approx(0.7, rel=0.05)
    assert torch.equal(before[:, 0], before[:, 4]) and not torch.equal(before[0], before[1])


@pytest.mark.parametrize("batch", [1, 2])
def test_a_limit_holds_after_the_activation(batch: int) -> None:
    made = layer(False, clamp=0.4)
    out = made(10 * torch.randn(batch, 3, 8, 8), torch.ones(batch, 3), "const")
    assert float(out.max()) == pytest.approx(0.4) and float(out.min()) >= -0.4 - 1e-6


def test_no_limit_is_the_same_tensor() -> None:
    x = torch.randn(3)
    assert limited(x, None) is x and limited(x, 0.1).abs().max() <= 0.1


def test_colours_are_not_demodulated() -> None:
    made, x, style = ToRGB(4, 3, 8).requires_grad_(False), torch.randn(2, 4, 5, 6), torch.randn(2, 4)
    made.bias.normal_()
    expected = torch.einsum("oi,bi,bihw->bohw", made.weight[:, :, 0, 0], style / 2, x) + made.bias[:, None, None]
    torch.testing.assert_close(made(x, style), expected)
    torch.testing.assert_close(made(x, 2 * style) - made.bias[:, None, None], 2 * (expected - made.bias[:, None, None]))


def test_half_precision_features_give_colours_in_single_precision() -> None:
    made = ToRGB(4, 3, 8)
    assert made(torch.randn(1, 4, 4, 4).bfloat16(), torch.ones(1, 4)).dtype == torch.float32


def test_the_first_block_starts_from_its_constant() -> None:
    block = SynthesisBlock(0, 6, 4, 4, 3).requires_grad_(False)
    styles = [torch.randn(2, 6), torch.randn(2, 6)]
    features, image = block(None, None, styles, "none")
    expected = block.conv1(block.const.expand(2, -1, -1, -1), styles[0], "none")
    torch.testing.assert_close(features, expected)
    torch.testing.assert_close(image, block.torgb(expected, styles[1]))
    assert len(block.layers) == 2


def test_later_blocks_add_their_colours_to_the_enlarged_image() -> None:
    block = SynthesisBlock(5, 6, 4, 8, 3).requires_grad_(False)
    styles = [torch.randn(1, 5), torch.randn(1, 6), torch.randn(1, 6)]
    x, before = torch.randn(1, 5, 4, 4), torch.randn(1, 3, 4, 4)
    features, image = block(x, before, styles, "none")
    assert features.shape == (1, 6, 8, 8) and len(block.layers) == 3
    torch.testing.assert_close(image - block.torgb(features, styles[2]), upsample_image(before), atol=1e-5, rtol=1e-4)
    _, alone = block(x, None, styles, "none")
    torch.testing.assert_close(alone, block.torgb(features, styles[2]))
