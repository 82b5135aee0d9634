"""Masks and masked losses against the published implementation's own numbers (SPEC 7.3 to 7.5)."""

from pathlib import Path

import numpy as np
import pytest
import torch

from stitch_exp.losses.masked import masked_error
from stitch_exp.stitching.masks import MaskRule, cut_regions
from tests.golden.fill import rand

GOLDEN = Path(__file__).parents[1] / "golden"
OUTSIDE = (0, 16, 18)
CASES = {
    "a": {"strip": 5, "inner": 0, "outer": 5},
    "b": {"strip": 5, "inner": 3, "outer": 4},
    "c": {"strip": 0, "inner": 0, "outer": 6, "whole": True},
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("region", ["content", "border", "full"])
def test_regions_are_identical(case: str, region: str) -> None:
    golden = np.load(GOLDEN / "masks_small.npz")
    foreground = torch.from_numpy(golden["fg"]).float()[None]
    ours = getattr(cut_regions(foreground, **CASES[case]), region)[0]
    assert np.array_equal(ours.numpy(), golden[f"{region}_{case}"].astype(np.float32))


def test_a_whole_border_keeps_the_strip_along_the_crop_edge() -> None:
    foreground = torch.zeros(1, 64, 64)
    foreground[:, 10:, 15:50] = 1
    regions = cut_regions(foreground, strip=5, inner=2, outer=4, whole=True)
    assert regions.border.sum() == 2107  # the reference's count; without the strip it is 1912
    assert regions.content.sum() == (foreground - regions.border).clamp(min=0).sum()


def test_full_size_masks_are_identical() -> None:
    golden = np.load(GOLDEN / "masks_small.npz")
    coarse = torch.from_numpy(~np.isin(golden["labels"], OUTSIDE)).float()[None]
    foreground = coarse.repeat_interleave(2, 1).repeat_interleave(2, 2)
    rule = MaskRule(mask="source", border_px=10, inner_px=4, outer_px=10, whole_border=False)
    regions = rule.regions(foreground)
    ours = [regions.content[0], regions.border[0], regions.full[0]]
    for mask, name in zip(ours, ("content", "border", "full"), strict=True):
        assert np.array_equal(mask[::4, ::4].numpy(), golden[f"{name}1024"])
    sums = [float(mask.double().sum()) for mask in ours]
    assert sums == pytest.approx(golden["sums"], rel=1e-6)


@pytest.mark.parametrize("distance", ["l2", "l1"])
def test_masked_loss(distance: str) -> None:
    golden = np.load(GOLDEN / "masked_loss_small.npz")
    x, y = rand("ml_x", (1, 3, 16, 16)), rand("ml_y", (1, 3, 16, 16))
    mask = torch.sigmoid(rand("ml_m", (1, 1, 16, 16)))[:, 0]
    assert float(masked_error(x, y, mask, distance)) == pytest.approx(float(golden[distance]), rel=1e-5)
