"""Dilation and erosion against their definition."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from stitch_exp.ops.morphology import dilate, erode


def window(mask: torch.Tensor, radius: int, outside: float, pick: str) -> torch.Tensor:
    side = mask.shape[-1]
    framed = torch.full((side + 2 * radius, side + 2 * radius), outside)
    framed[radius : radius + side, radius : radius + side] = mask[0]
    out = torch.zeros_like(mask)
    for row in range(side):
        for column in range(side):
            out[0, row, column] = getattr(framed[row : row + 2 * radius + 1, column : column + 2 * radius + 1], pick)()
    return out


@settings(max_examples=15)
@given(seed=st.integers(0, 1000), radius=st.integers(0, 4))
def test_square_windows(seed: int, radius: int) -> None:
    mask = (torch.rand(1, 9, 9, generator=torch.Generator().manual_seed(seed)) > 0.7).float()
    assert torch.equal(dilate(mask, radius), window(mask, radius, 0.0, "max"))
    assert torch.equal(erode(mask, radius), window(mask, radius, 0.0, "min"))
