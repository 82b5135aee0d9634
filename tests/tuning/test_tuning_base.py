"""The generator that every tuning starts from."""

import pytest
import torch

from stitch_exp.errors import ConfigError
from stitch_exp.tuning.base import starting_generator
from tests.small_clip import CPU, codes, tiny_generator

NAME = "synthesis.b8.conv1.weight"


def test_without_offsets_it_is_a_copy_that_may_be_changed() -> None:
    model = tiny_generator()
    start = starting_generator(model, {}, CPU)
    assert torch.equal(start(codes(1)), model(codes(1))) and start.mapping is model.mapping
    assert all(parameter.requires_grad for parameter in start.synthesis.parameters())
    with torch.no_grad():
        start.synthesis.b8.conv1.weight.zero_()
    assert model.synthesis.b8.conv1.weight.any() and not any(p.requires_grad for p in model.parameters())


def test_offsets_are_shares_of_the_weights_and_the_model_keeps_its_own() -> None:
    model = tiny_generator()
    before = model.state_dict()[NAME].clone()
    start = starting_generator(model, {NAME: torch.full_like(before, -0.5)}, CPU)
    torch.testing.assert_close(start.state_dict()[NAME], 0.5 * before)
    assert torch.equal(model.state_dict()[NAME], before)
    mine, its = start.state_dict(), model.state_dict()
    assert [key for key in its if not torch.equal(mine[key], its[key])] == [NAME]


def test_offsets_of_another_generator_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"b512\.conv1\.weight' is \(3,\), the generator's weight is absent"):
        starting_generator(tiny_generator(), {"synthesis.b512.conv1.weight": torch.zeros(3)}, CPU)
