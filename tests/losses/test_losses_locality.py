"""Codes near a pivot."""

import torch

from stitch_exp.losses.locality import nearby_codes


def test_a_step_has_the_given_length_over_all_rows() -> None:
    pivots = torch.zeros(2, 2, 2)
    towards = torch.tensor([[[3.0, 0.0], [0.0, 4.0]], [[0.0, 0.0], [0.0, -1.0]]])
    found = nearby_codes(pivots, towards, 10.0)
    assert found.tolist() == [[[6.0, 0.0], [0.0, 8.0]], [[0.0, 0.0], [0.0, -10.0]]]
    assert torch.equal(nearby_codes(pivots + 1, towards + 1, 10.0), found + 1)
