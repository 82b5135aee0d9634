"""Names of tensors from one spelling to the other, and networks read from shapes."""

import pytest
import torch
from torch import Tensor

from stitch_exp.inverters.e4e import Encoder4Editing, GradualStyleEncoder
from stitch_exp.inverters.restyle import ProgressiveBackboneEncoder
from stitch_exp.inverters.w_encoder import WEncoder
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.weights.layouts import (
    encoder_arguments,
    hypernetwork_arguments,
    part,
    stage_widths,
    stylegan2_arguments,
    stylegan2_from_rosinality,
)
from tests.standins import SMALL, rosinality

SIZES = {"z_dim": 12, "w_dim": 8, "img_resolution": 32, "num_mapping_layers": 3, "channel_base": 256, "channel_max": 16}


@pytest.fixture(scope="module")
def state() -> dict[str, Tensor]:
    torch.manual_seed(0)
    state = Generator(**SIZES).state_dict()
    state["mapping.w_avg"] = torch.randn(8)
    return state


def test_there_and_back_is_the_same_state(state: dict[str, Tensor]) -> None:
    back = stylegan2_from_rosinality(rosinality(state), state["mapping.w_avg"])
    assert back.keys() == state.keys()
    assert all(torch.equal(back[key], value) for key, value in state.items())


@pytest.mark.parametrize("rows", [1, 8])
def test_the_mean_of_w_is_one_row_whatever_the_file_repeats(state: dict[str, Tensor], rows: int) -> None:
    mean = torch.arange(8.0).expand(rows, 8)
    assert stylegan2_from_rosinality(rosinality(state), mean)["mapping.w_avg"].tolist() == list(range(8))


def test_without_a_mean_it_is_zero(state: dict[str, Tensor]) -> None:
    assert stylegan2_from_rosinality(rosinality(state), None)["mapping.w_avg"].equal(torch.zeros(8))


def test_an_unknown_tensor_is_named(state: dict[str, Tensor]) -> None:
    with pytest.raises(KeyError, match="attention"):
        stylegan2_from_rosinality(rosinality(state) | {"attention.weight": torch.ones(1)}, None)


@pytest.mark.parametrize("key", ["convs.0.conv.blur.kernel", "to_rgbs.0.upsample.kernel"])
def test_filters_that_can_be_computed_are_not_read(state: dict[str, Tensor], key: str) -> None:
    found = stylegan2_from_rosinality(rosinality(state) | {key: torch.full((4, 4), 99.0)}, None)
    row = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
    filters = [value for name, value in found.items() if name.endswith("resample_filter")]
    assert filters and all(torch.equal(value, torch.outer(row, row)) for value in filters)


@pytest.mark.parametrize(
    "sizes",
    [
        SIZES,
        {"z_dim": 4, "w_dim": 4, "img_resolution": 8, "num_mapping_layers": 1, "channel_base": 64, "channel_max": 8},
        {"z_dim": 4, "w_dim": 8, "img_resolution": 64, "num_mapping_layers": 2, "channel_base": 128, "channel_max": 9},
    ],
)
def test_a_generator_is_known_from_its_shapes(sizes: dict[str, int]) -> None:
    shapes = Generator(**sizes).state_dict()
    again = Generator(**stylegan2_arguments(shapes)).state_dict()
    assert {key: value.shape for key, value in again.items()} == {key: value.shape for key, value in shapes.items()}


def test_a_generator_of_one_width_throughout() -> None:
    shapes = Generator(z_dim=4, w_dim=4, img_resolution=16, num_mapping_layers=1, channel_base=1024, channel_max=8)
    found = stylegan2_arguments(shapes.state_dict())
    assert found["channel_max"] == 8 and found["channel_base"] >= 16 * 8


HEADS = {**SMALL.trunk, "num_styles": 6, "head_width": 16}


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (Encoder4Editing, HEADS | {"input_size": 64, "pyramid_width": 16}),
        (GradualStyleEncoder, HEADS | {"input_size": 256, "pyramid_width": 16}),
        (ProgressiveBackboneEncoder, HEADS | {"input_size": 64, "in_channels": 6}),
        (WEncoder, SMALL.trunk),
    ],
)
def test_an_encoder_is_known_from_its_shapes(kind: type, arguments: dict) -> None:
    shapes = kind(**arguments).state_dict()
    found = encoder_arguments(shapes)
    assert arguments.items() <= found.items()
    again = kind(**found).state_dict()
    assert {key: value.shape for key, value in again.items()} == {key: value.shape for key, value in shapes.items()}


def test_stages_of_equal_width_are_counted_together() -> None:
    state = {"input_layer.0.weight": torch.zeros(8, 3, 3, 3)}
    for index, width in enumerate((8, 8, 12, 16, 16, 16)):
        state[f"body.{index}.res_layer.3.weight"] = torch.zeros(width, 4, 3, 3)
    assert stage_widths(state) == ((8, 8, 12, 16), (2, 1, 3))


def test_a_hypernetwork_says_which_layers_it_tunes() -> None:
    state = {
        "conv1.weight": torch.zeros(8, 6, 7, 7),
        "shared_weight_hypernet.w1": torch.zeros(24, 2),
        "refinement_blocks.9.conv.weight": torch.zeros(1),
        "refinement_blocks.10.linear.weight": torch.zeros(1),
        "refinement_blocks.2.linear.weight": torch.zeros(1),
        **{f"refinement_blocks.2.convs.{index}.weight": torch.zeros(1) for index in range(3)},
    }
    decoder = {"img_resolution": 32, "channel_base": 256, "channel_max": 16}
    assert hypernetwork_arguments(state, decoder) == {
        "layers_to_tune": [2, 9, 10],
        "resolution": 32,
        "channel_base": 256,
        "channel_max": 16,
        "in_channels": 6,
        "code_dim": 24,
        "input_size": 64,
    }


def test_a_part_is_what_stands_below_a_whole_word() -> None:
    tensors = {"a.x": torch.ones(1), "ab.x": torch.zeros(1), "a": torch.zeros(1)}
    assert list(part(tensors, "a")) == ["x"] and list(part(tensors, "")) == list(tensors)
    assert part(tensors, "none") == {}
