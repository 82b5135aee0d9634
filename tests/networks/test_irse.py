"""The IR-SE trunk against its definition."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from stitch_exp.networks.irse import (
    PUBLIC_UNITS,
    PUBLIC_WIDTHS,
    ResidualUnit,
    SqueezeExcitation,
    body,
    input_layer,
)


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


@torch.no_grad()
def test_squeeze_and_excitation_is_one_gate_a_channel() -> None:
    layer, x = SqueezeExcitation(32), torch.randn(2, 32, 3, 5)
    hidden = (x.mean(dim=(2, 3)) @ layer.fc1.weight[:, :, 0, 0].T).clamp(min=0)
    gate = (hidden @ layer.fc2.weight[:, :, 0, 0].T).sigmoid()
    torch.testing.assert_close(layer(x), x * gate[:, :, None, None])


@pytest.mark.parametrize(("channels", "hidden"), [(16, 4), (64, 4), (128, 8), (512, 32)])
def test_the_gate_s_waist_never_gets_too_narrow(channels: int, hidden: int) -> None:
    assert SqueezeExcitation(channels).fc1.weight.shape == (hidden, channels, 1, 1)


@torch.no_grad()
def test_a_unit_of_equal_widths_skips_pixels_on_its_way_past() -> None:
    unit, x = ResidualUnit(4, 4, 2).eval(), torch.randn(1, 4, 6, 6)
    unit.res_layer[4].weight.zero_()
    torch.testing.assert_close(unit(x), x[..., ::2, ::2])


@torch.no_grad()
def test_a_unit_that_widens_projects_on_its_way_past() -> None:
    unit, x = ResidualUnit(3, 5, 2).eval(), torch.randn(1, 3, 6, 6)
    unit.res_layer[4].weight.zero_()
    conv = unit.shortcut_layer[0]
    expected = F.conv2d(x, conv.weight, stride=2) / (1 + 1e-5) ** 0.5
    torch.testing.assert_close(unit(x), expected)


@torch.no_grad()
def test_the_residual_is_normalised_before_and_after() -> None:
    unit, x = ResidualUnit(3, 3, 1).eval(), torch.randn(2, 3, 4, 4)
    norm, first, prelu, second, after, gate = unit.res_layer
    norm.running_mean.normal_(), after.running_var.uniform_(0.5, 2)
    y = F.conv2d(norm(x), first.weight, padding=1)
    y = torch.where(y > 0, y, prelu.weight[:, None, None] * y)
    expected = gate(after(F.conv2d(y, second.weight, padding=1))) + x
    torch.testing.assert_close(unit(x), expected)


@pytest.mark.parametrize(
    ("widths", "units"), [((4, 4, 6, 8, 10), (1, 1, 1, 1)), ((4, 6, 6, 6, 12), (2, 3, 1, 2)), ((4, 8), (3,))]
)
def test_each_stage_halves_the_side_once(widths: tuple[int, ...], units: tuple[int, ...]) -> None:
    trunk = body(widths, units).eval()
    assert len(trunk) == sum(units)
    x, side = input_layer(3, widths[0]).eval()(torch.randn(1, 3, 32, 32)), 32
    for width, count in zip(widths[1:], units, strict=True):
        side //= 2
        for _ in range(count):
            x = trunk[0](x)
            trunk = trunk[1:]
            assert x.shape == (1, width, side, side)


def test_the_public_trunk_has_24_units_and_no_bias_in_its_convolutions() -> None:
    with torch.device("meta"):
        trunk = body()
    assert len(trunk) == sum(PUBLIC_UNITS) == 24 and PUBLIC_WIDTHS[-1] == 512
    convs = [part for part in trunk.modules() if isinstance(part, nn.Conv2d)]
    assert convs and all(conv.bias is None for conv in convs)


def test_widths_and_units_belong_together() -> None:
    with pytest.raises(ValueError):
        body((4, 4, 6), (1, 1, 1))
