"""Rendering a clip writes faces or nothing."""

import numpy as np
import pytest
import torch

from stitch_exp.errors import DivergenceError
from stitch_exp.networks.tuned import render_into
from stitch_exp.ops.ranges import to_pixels
from stitch_exp.types import Workspace, WPlus
from tests.small_clip import SIDE, codes, tiny_generator


def rendered(pivots: torch.Tensor) -> np.ndarray:
    out = np.zeros((len(pivots), SIDE, SIDE, 3), np.uint8)
    render_into(out, WPlus(pivots), tiny_generator(), 2, Workspace().track, "rendering the edit")
    return out


def test_batches_change_nothing() -> None:
    assert np.abs(rendered(codes(3)).astype(int) - to_pixels(tiny_generator()(codes(3)))).max() <= 1


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_code_that_is_no_number_is_named_and_gives_no_black_face(value: float) -> None:
    pivots = codes(3)
    pivots[2, 0, 0] = value
    with pytest.raises(DivergenceError, match="rendering the edit: face 2 of 3 is not made of numbers"):
        rendered(pivots)
