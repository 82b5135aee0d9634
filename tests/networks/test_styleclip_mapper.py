"""StyleCLIP's mapper: levels of rows, each moved by a network of its own."""

import pytest
import torch
from torch import nn

from stitch_exp.networks.styleclip_mapper import LEVELS, LevelMapper, LevelsMapper, RowNorm
from tests.networks.published import assert_close, filled, golden, state_of


@torch.no_grad()
def test_levels_mapper() -> None:
    expected = golden("styleclip_levels_mapper_small.npz")
    mapper = filled(LevelsMapper(levels=("course_mapping", "medium_mapping")), "mapper")
    step = mapper(expected["w"])
    assert_close(step, expected["delta"])
    assert (step[:, 8:] == 0).all()
    assert_close(expected["w"] + 0.1 * step, expected["w_edit"])


def test_state_dict_is_the_public_one() -> None:
    found, expected = state_of(LevelsMapper, "styleclip_levels_mapper")
    assert found == expected


def test_rows_of_a_level_are_normed_over_the_rows() -> None:
    x = torch.tensor([[[3.0, 1.0], [4.0, 0.0]]])
    expected = x / torch.tensor([12.5, 0.5]).sqrt()
    torch.testing.assert_close(RowNorm()(x), expected)
    torch.testing.assert_close(RowNorm()(100 * x), expected)
    assert RowNorm()(torch.zeros(1, 2, 2)).isfinite().all()


@torch.no_grad()
def test_a_level_is_four_layers_on_each_row() -> None:
    torch.manual_seed(0)
    level, rows = LevelMapper(4), torch.randn(2, 3, 4)
    x = RowNorm()(rows)
    for layer in list(level.mapping)[1:]:
        y = x @ (layer.weight.T * 0.01 / 2) + 0.01 * layer.bias
        x = nn.functional.leaky_relu(y, 0.2) * 2**0.5
    torch.testing.assert_close(level(rows), x)
    assert len(level.mapping) == 5


@pytest.mark.parametrize("levels", [("course_mapping",), ("medium_mapping", "fine_mapping"), ()])
@torch.no_grad()
def test_levels_that_were_left_out_do_not_move(levels: tuple[str, ...]) -> None:
    torch.manual_seed(0)
    step = LevelsMapper(levels=levels, w_dim=4)(torch.randn(2, 18, 4))
    moves = step.abs().sum(dim=(0, 2)) > 0
    expected = torch.zeros(18, dtype=torch.bool)
    for name in levels:
        expected[LEVELS[name]] = True
    assert step.shape == (2, 18, 4) and torch.equal(moves, expected)
