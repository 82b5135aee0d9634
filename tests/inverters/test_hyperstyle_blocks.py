"""Blocks of the hypernetwork: layouts of their offsets, and what they share."""

import pytest
import torch

from stitch_exp.inverters.hyperstyle_blocks import FEATURE_WIDTH, ChannelBlock, SharedBlock, SharedWeightNet


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


@torch.no_grad()
def test_shared_offsets_by_two_products() -> None:
    """A code becomes a code of each input channel, and each of those a row of the layer."""
    shared, code = SharedWeightNet(code_dim=5, in_channels=3, out_channels=2), torch.randn(4, 5)
    shared.b1.normal_(), shared.b2.normal_()
    flat = torch.empty(4, 3, 2 * 9)
    for image in range(4):
        for channel in range(3):
            part = slice(5 * channel, 5 * channel + 5)
            own = code[image] @ shared.w2[:, part] + shared.b2[part]
            flat[image, channel] = own @ shared.w1 + shared.b1
    found = shared(code)
    assert found.shape == (4, 2, 3, 3, 3)
    torch.testing.assert_close(found.flatten(1), flat.flatten(1))


def test_blocks_of_one_shape_share_one_network() -> None:
    shared = SharedWeightNet(code_dim=8, in_channels=4, out_channels=4)
    blocks = [SharedBlock(shared, width=6, num_halvings=2) for _ in range(2)]
    assert blocks[0].hypernet is blocks[1].hypernet is shared
    assert blocks[0].linear.weight is not blocks[1].linear.weight


@pytest.mark.parametrize(("side", "halvings"), [(16, 4), (4, 2)])
@torch.no_grad()
def test_features_are_halved_to_one_pixel(side: int, halvings: int) -> None:
    block = SharedBlock(SharedWeightNet(code_dim=8, in_channels=3, out_channels=2), width=6, num_halvings=halvings)
    features = torch.randn(2, FEATURE_WIDTH, side, side)
    assert block.convs(features).shape == (2, 8, 1, 1)
    offsets = block(features)
    assert offsets.shape == (2, 2, 3, 3, 3)
    torch.testing.assert_close(offsets[1:], block(features[1:]), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("kernel", "left"), [(3, 2), (1, 1)])
@torch.no_grad()
def test_channel_offsets_are_equal_over_the_kernel(kernel: int, left: int) -> None:
    block = ChannelBlock(5, 3, kernel=kernel, width=6)
    features = torch.randn(2, FEATURE_WIDTH, 16, 16)
    assert block.convs(features).shape == (2, FEATURE_WIDTH, left, left)
    offsets = block(features)
    assert offsets.shape == (2, 3, 5, kernel, kernel)
    assert torch.equal(offsets, offsets[..., :1, :1].expand_as(offsets))
    averaged = block.convs(features).mean(dim=(2, 3), keepdim=True)
    torch.testing.assert_close(
        offsets[..., 0, 0].flatten(1), block.output[-1](averaged).flatten(1), atol=1e-5, rtol=1e-4
    )
