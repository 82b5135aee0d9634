"""Layers of StyleGAN3 against scipy and against their definitions."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal
from torch import Tensor

from stitch_exp.networks.stylegan3_design import plan
from stitch_exp.networks.stylegan3_layers import CLAMP, FilteredConv, FourierInput, LinearToRGB, downsample, upsample


@settings(max_examples=20)
@given(factor=st.sampled_from([2, 4]), low=st.integers(-3, 20), high=st.integers(-3, 20), size=st.integers(3, 9))
def test_upsampling_is_zero_insertion_then_correlation(factor: int, low: int, high: int, size: int) -> None:
    x, taps = torch.randn(1, 2, size, size), torch.randn(6)
    spread = torch.zeros(1, 2, size * factor, size * factor)
    spread[..., ::factor, ::factor] = x
    framed = torch.nn.functional.pad(spread, (low, high, low, high))
    if framed.shape[-1] < len(taps):
        return
    kernel = torch.outer(taps, taps).flip(0, 1).expand(2, 1, 6, 6) * factor**2
    expected = torch.nn.functional.conv2d(framed, kernel, groups=2)
    assert torch.allclose(upsample(x, taps, factor, (low, high)), expected, atol=1e-3)


def test_separable_and_full_filters_agree() -> None:
    x, taps = torch.randn(1, 3, 21, 21), torch.randn(6)
    assert torch.allclose(downsample(x, taps, 2), downsample(x, torch.outer(taps, taps), 2), atol=1e-4)


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_upsampling_is_scipy_s_upfirdn(factor: int) -> None:
    torch.manual_seed(0)
    row, taps = torch.randn(7), torch.randn(6)
    reach = len(taps) - 1
    line = np.append(signal.upfirdn(factor * taps.numpy(), row.numpy(), up=factor), np.zeros(factor - 1))
    found = upsample(torch.outer(row, row)[None, None], taps, factor, (reach, reach))[0, 0]
    np.testing.assert_allclose(found.numpy(), np.outer(line, line), atol=1e-4)


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_downsampling_is_scipy_s_upfirdn(factor: int) -> None:
    torch.manual_seed(0)
    image, taps = torch.randn(13, 13), torch.randn(6)
    valid = signal.convolve2d(image.numpy(), np.outer(taps, taps), mode="valid")
    found = downsample(image[None, None], taps, factor)[0, 0]
    np.testing.assert_allclose(found.numpy(), valid[::factor, ::factor], atol=1e-4)


BANDS = plan(32, 3, 256, 8)


def waves(style: Tensor, transform: Tensor | None = None) -> Tensor:
    torch.manual_seed(0)
    layer = FourierInput(4, BANDS[0]).requires_grad_(False)
    return layer(style, transform)


IDENTITY = torch.tensor([[1.0, 0.0, 0.0, 0.0]])


def test_a_longer_style_is_the_same_transform() -> None:
    turned = torch.tensor([[0.6, 0.8, 0.1, -0.2]])
    torch.testing.assert_close(waves(turned), waves(5 * turned), atol=1e-5, rtol=1e-4)


def test_a_shift_of_whole_samples_shifts_the_waves() -> None:
    """A style (1, 0, x, y) looks at the canvas from (x, y): features move by as many samples."""
    step = 1 / BANDS[0].sampling_rate
    still, moved = waves(IDENTITY)[0], waves(torch.tensor([[1.0, 0.0, 2 * step, -step]]))[0]
    torch.testing.assert_close(moved[:, :-1, 2:], still[:, 1:, :-2], atol=1e-4, rtol=1e-3)


def test_the_user_s_transform_comes_after_the_style_s() -> None:
    step = 1 / BANDS[0].sampling_rate
    matrix = torch.eye(3)
    matrix[0, 2] = -3 * step
    still, moved = waves(IDENTITY)[0], waves(IDENTITY, matrix)[0]
    torch.testing.assert_close(moved[:, :, 3:], still[:, :, :-3], atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(waves(IDENTITY, torch.eye(3)), waves(IDENTITY))


def test_a_quarter_turn_turns_the_waves() -> None:
    still, turned = waves(IDENTITY)[0], waves(torch.tensor([[0.0, 1.0, 0.0, 0.0]]))[0]
    options = [still.rot90(k, (1, 2)) for k in (1, 3)]
    assert min(float((turned - option).abs().max()) for option in options) < 1e-3


def test_zooming_out_fades_what_would_alias() -> None:
    away = torch.eye(3) * torch.tensor([40.0, 40.0, 1.0])
    assert waves(IDENTITY, away).abs().max() < 1e-6


def conv(index: int = 5, kernel: int = 3) -> FilteredConv:
    torch.manual_seed(1)
    return FilteredConv(4, BANDS[index - 1], BANDS[index], kernel=kernel, is_radial=False).requires_grad_(False)


@pytest.mark.parametrize("index", [1, 5, 9, 13])
@pytest.mark.parametrize("kernel", [1, 3])
def test_a_layer_ends_with_the_side_of_its_band(index: int, kernel: int) -> None:
    before, band = BANDS[index - 1], BANDS[index]
    layer = conv(index, kernel)
    x, style = torch.randn(1, before.channels, before.size, before.size), torch.randn(1, before.channels)
    assert layer(x, style).shape == (1, band.channels, band.size, band.size)


def test_demodulation_makes_the_scale_of_a_style_irrelevant() -> None:
    layer, x, style = conv(), torch.randn(1, BANDS[4].channels, BANDS[4].size, BANDS[4].size), torch.randn(1, 8)
    style = style[:, : BANDS[4].channels]
    torch.testing.assert_close(layer(x, style), layer(x, 7 * style), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(layer(x, style), layer(2 * x, style) / 2, atol=1e-5, rtol=1e-4)


def test_activations_are_limited() -> None:
    layer = conv()
    x = torch.full((1, BANDS[4].channels, BANDS[4].size, BANDS[4].size), 1e6)
    assert layer(x, torch.ones(1, BANDS[4].channels)).abs().max() < 1.5 * CLAMP * math.sqrt(2)


def test_colours_are_a_plain_product_of_scaled_features() -> None:
    torch.manual_seed(0)
    layer = LinearToRGB(4, BANDS[13], BANDS[14]).requires_grad_(False)
    layer.bias.normal_(), layer.magnitude_ema.fill_(4.0)
    x, style = torch.randn(2, BANDS[13].channels, 5, 5), torch.randn(2, BANDS[13].channels)
    expected = torch.einsum("oi,bi,bihw->bohw", layer.weight[:, :, 0, 0], style / 2, x) + layer.bias[:, None, None]
    torch.testing.assert_close(layer(x, style), expected)
    assert layer(1e6 * x, style).abs().max() == CLAMP
