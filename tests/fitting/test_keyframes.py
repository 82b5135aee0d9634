"""Frames that stand for a clip, on a line of four codes."""

import pytest
import torch

from stitch_exp.fitting.keyframes import keyframes

CODES = torch.tensor([0.0, 1.0, 10.0, 4.0])[:, None, None]


@pytest.mark.parametrize(
    ("count", "chosen"),
    [(1, [3]), (2, [2, 3]), (3, [0, 2, 3]), (4, [0, 1, 2, 3]), (9, [0, 1, 2, 3]), (None, [0, 1, 2, 3])],
)
def test_the_middle_comes_first_and_then_what_is_farthest(count: int | None, chosen: list[int]) -> None:
    assert keyframes(CODES, count) == chosen
