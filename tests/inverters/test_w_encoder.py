"""One W row of a whole face."""

import pytest
import torch
import torch.nn.functional as F

from stitch_exp.inverters.w_encoder import WEncoder

SMALL = {"style_dim": 6, "widths": (4, 4, 6, 8, 10), "num_units": (1, 1, 1, 1)}


@pytest.fixture(scope="module")
def network() -> WEncoder:
    torch.manual_seed(0)
    return WEncoder(**SMALL).eval().requires_grad_(False)


def test_a_row_is_the_linear_map_of_the_mean_features(network: WEncoder) -> None:
    images = torch.randn(2, 3, 64, 64)
    features = network.body(network.input_layer(images))
    assert features.shape == (2, 10, 4, 4)
    expected = F.linear(features.mean(dim=(2, 3)), network.linear.weight / 10**0.5, network.linear.bias)
    torch.testing.assert_close(network(images), expected)


@pytest.mark.parametrize("side", [16, 32, 80])
def test_pictures_of_any_side(network: WEncoder, side: int) -> None:
    assert network(torch.randn(1, 3, side, side)).shape == (1, 6)


def test_a_batch_is_its_single_pictures(network: WEncoder) -> None:
    images = torch.randn(3, 3, 32, 32)
    torch.testing.assert_close(network(images)[2:], network(images[2:]), atol=1e-5, rtol=1e-4)
