"""Channels that a text moves."""

import pytest
import torch

from stitch_exp.edit.channels import channel_direction, split_by_layer
from stitch_exp.errors import ConfigError, DataError

WIDTHS = [2, 3, 2, 2, 3]
"""The second and the fifth are torgb layers: six channels in convolutions, twelve in all."""


def test_irrelevant_channels_stay_and_the_strongest_takes_one_step() -> None:
    text = torch.tensor([0.2, -0.4, 0.05])
    assert channel_direction(torch.eye(3), text, beta=0.1).tolist() == [0.5, -1.0, 0.0]


def test_a_beta_above_all_channels_is_refused_with_the_strongest() -> None:
    with pytest.raises(ConfigError, match=r"edit.beta is 0.5, but the most relevant channel has 0.4000"):
        channel_direction(torch.eye(3), torch.tensor([0.2, -0.4, 0.05]), beta=0.5)


def test_torgb_layers_are_left_out_of_directions_of_stylegan2() -> None:
    parts = split_by_layer(torch.arange(1.0, 7.0), WIDTHS)
    assert [part.tolist() for part in parts] == [[1, 2], [0, 0, 0], [3, 4], [5, 6], [0, 0, 0]]


def test_a_direction_of_all_layers_is_only_cut() -> None:
    parts = split_by_layer(torch.arange(12.0), WIDTHS)
    assert [part.tolist() for part in parts] == [[0, 1], [2, 3, 4], [5, 6], [7, 8], [9, 10, 11]]


def test_a_direction_of_another_generator_is_refused() -> None:
    with pytest.raises(DataError, match="have 5 rows; the generator has 6 channels in its convolutions and 12 in all"):
        split_by_layer(torch.zeros(5), WIDTHS)


def test_a_text_of_another_space_is_refused() -> None:
    with pytest.raises(DataError, match=r"channel directions of 3 numbers, and the text's has 4; both come from CLIP"):
        channel_direction(torch.ones(5, 3), torch.ones(4), 0.1)


def test_a_single_vector_is_no_list_of_channels() -> None:
    with pytest.raises(DataError, match=r"channel directions of shape \(3,\); one row a channel is needed"):
        channel_direction(torch.ones(3), torch.ones(3), 0.1)


def test_turning_the_text_around_turns_the_edit_around() -> None:
    torch.manual_seed(0)
    rows, text = torch.nn.functional.normalize(torch.randn(20, 6), dim=1), torch.randn(6)
    text = text / text.norm()
    forth, back = channel_direction(rows, text, 0.2), channel_direction(rows, -text, 0.2)
    assert torch.equal(forth, -back) and float(forth.abs().max()) == 1.0
    expected = rows.double().numpy() @ text.double().numpy()
    kept = abs(expected) > 0.2
    assert torch.equal(forth != 0, torch.from_numpy(kept))


def test_a_single_torgb_network_is_cut_where_its_layers_end() -> None:
    parts = split_by_layer(torch.arange(6.0), [1, 2, 3])
    assert [part.tolist() for part in parts] == [[0], [1, 2], [3, 4, 5]]
    convs = split_by_layer(torch.arange(4.0), [1, 2, 3])
    assert [part.tolist() for part in convs] == [[0], [0, 0], [1, 2, 3]]
