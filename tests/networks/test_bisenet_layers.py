"""Layers of the face parser against their definitions."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stitch_exp.networks.bisenet_layers import (
    AttentionRefinement,
    BasicBlock,
    ConvBNReLU,
    FeatureFusion,
    Head,
    ResNet18,
)


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


def settled(network: nn.Module) -> nn.Module:
    """In evaluation mode, with normalisations that do something."""
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_()
            part.running_var.uniform_(0.5, 2)
            part.weight.data.uniform_(0.5, 2)
            part.bias.data.normal_()
    return network.eval().requires_grad_(False)


def normalised(x: Tensor, norm: nn.BatchNorm2d) -> Tensor:
    scaled = (x - norm.running_mean[:, None, None]) / (norm.running_var + norm.eps).sqrt()[:, None, None]
    return scaled * norm.weight[:, None, None] + norm.bias[:, None, None]


@pytest.mark.parametrize("kernel", [1, 3])
def test_a_convolution_keeps_the_side_and_is_normalised_and_rectified(kernel: int) -> None:
    layer, x = settled(ConvBNReLU(2, 3, kernel)), torch.randn(2, 2, 5, 6)
    expected = normalised(F.conv2d(x, layer.conv.weight, padding=kernel // 2), layer.bn).clamp(min=0)
    torch.testing.assert_close(layer(x), expected)
    assert layer.conv.bias is None and layer(x).shape == (2, 3, 5, 6)


def test_a_head_scores_every_place_alike() -> None:
    head = settled(Head(4, 6, 3))
    flat = torch.randn(1, 4, 1, 1).expand(1, 4, 8, 8)
    inner = head(flat)[..., 1:-1, 1:-1]
    assert inner.shape == (1, 3, 6, 6)
    torch.testing.assert_close(inner, inner[..., :1, :1].expand_as(inner))


def test_attention_is_one_gate_a_channel_from_the_mean() -> None:
    layer, x = settled(AttentionRefinement(3, 4)), torch.randn(2, 3, 6, 6)
    features = layer.conv(x)
    mean = features.mean(dim=(2, 3))
    gate = normalised((mean @ layer.conv_atten.weight[:, :, 0, 0].T)[:, :, None, None], layer.bn_atten).sigmoid()
    torch.testing.assert_close(layer(x), features * gate)
    assert ((layer(x) >= 0) & (layer(x) <= features)).all()


def test_fusion_adds_at_most_once_more() -> None:
    layer, detail, context = settled(FeatureFusion(5, 8)), torch.randn(2, 3, 4, 4), torch.randn(2, 2, 4, 4)
    features = layer.convblk(torch.cat([detail, context], dim=1))
    fused = layer(detail, context)
    assert ((fused >= features) & (fused <= 2 * features)).all()
    ratio = fused / features
    ratio[features == 0] = torch.nan
    spread = ratio.flatten(2).nan_to_num(nan=float(ratio[~ratio.isnan()].mean()))
    assert spread.shape == (2, 8, 16)
    for plane, place in zip(ratio.flatten(0, 1), features.flatten(0, 1), strict=True):
        known = plane[place > 0.01]
        assert known.numel() < 2 or float(known.max() - known.min()) < 1e-4


def test_a_block_of_silent_convolutions_is_its_shortcut() -> None:
    block, x = settled(BasicBlock(3, 3, 1)), torch.randn(1, 3, 6, 6)
    for part in (block.bn1, block.bn2):
        part.weight.zero_(), part.bias.zero_()
    torch.testing.assert_close(block(x), x.clamp(min=0))
    assert len(block.downsample) == 0


@pytest.mark.parametrize(("ins", "outs", "stride"), [(3, 5, 1), (3, 3, 2), (3, 6, 2)])
def test_a_shortcut_fits_whatever_changes(ins: int, outs: int, stride: int) -> None:
    block = settled(BasicBlock(ins, outs, stride))
    assert len(block.downsample) == 2
    assert block(torch.randn(1, ins, 8, 8)).shape == (1, outs, 8 // stride, 8 // stride)


def test_the_trunk_halves_three_four_and_five_times() -> None:
    maps = settled(ResNet18())(torch.randn(1, 3, 64, 96))
    assert [tuple(each.shape[1:]) for each in maps] == [(128, 8, 12), (256, 4, 6), (512, 2, 3)]


def test_the_trunk_is_torchvision_s_resnet_18() -> None:
    from torchvision.models import resnet18

    theirs, ours = resnet18(weights=None).eval(), ResNet18().eval()
    state = {key: value for key, value in theirs.state_dict().items() if not key.startswith("fc.")}
    ours.load_state_dict(state)
    x = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        expected = theirs.layer4(theirs.layer3(theirs.layer2(theirs.layer1(theirs.maxpool(theirs.relu(theirs.bn1(
            theirs.conv1(x))))))))  # fmt: skip
        torch.testing.assert_close(ours(x)[2], expected)
