"""Codes near a pivot."""

import pytest
import torch

from stitch_exp.losses.locality import nearby_codes


def test_a_step_has_the_given_length_over_all_rows() -> None:
    pivots = torch.zeros(2, 2, 2)
    towards = torch.tensor([[[3.0, 0.0], [0.0, 4.0]], [[0.0, 0.0], [0.0, -1.0]]])
    found = nearby_codes(pivots, towards, 10.0)
    assert found.tolist() == [[[6.0, 0.0], [0.0, 8.0]], [[0.0, 0.0], [0.0, -10.0]]]
    assert torch.equal(nearby_codes(pivots + 1, towards + 1, 10.0), found + 1)


def test_nearby_codes_are_at_the_distance() -> None:
    pivots, other = torch.randn(3, 10, 8), torch.randn(3, 10, 8)
    moved = nearby_codes(pivots, other, 30.0)
    assert torch.allclose((moved - pivots).flatten(1).norm(dim=1), torch.full((3,), 30.0), rtol=1e-4)


def test_a_random_code_that_is_the_pivot_gives_no_nan() -> None:
    pivots = torch.ones(2, 3, 4)
    towards = torch.stack([torch.ones(3, 4), torch.zeros(3, 4)])
    found = nearby_codes(pivots, towards, 5.0)
    assert torch.equal(found[0], pivots[0])
    assert float((found[1] - pivots[1]).norm()) == pytest.approx(5.0, rel=1e-5)
