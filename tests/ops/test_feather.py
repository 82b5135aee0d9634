"""Soft edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stitch_exp.ops.feather import edge_fade, feather, scaled_radius, softened


def disc(radius, side=64):
    ys, xs = np.mgrid[:side, :side] - side // 2
    return (np.hypot(xs, ys) <= radius).astype(np.uint8) * 255


@given(radius=st.integers(0, 10), size=st.integers(0, 40))
def test_never_beyond_the_mask(radius, size):
    mask = disc(size)
    soft = feather(mask, radius)
    assert (soft[mask == 0] == 0).all()


def test_opaque_far_inside_and_fading_at_the_edge():
    soft = feather(disc(28), 5)
    assert soft[32, 32] == 255
    row = soft[32, 32:].astype(int)
    assert (np.diff(row) <= 0).all()
    assert 0 < row[24] < 255


def test_fades_at_the_border_of_the_crop():
    soft = feather(np.full((64, 64), 255, np.uint8), 5)
    assert soft[32, 0] < 40
    assert soft[32, 32] == 255


def test_radius_zero_is_the_mask():
    mask = disc(10)
    assert feather(mask, 0) is mask


@pytest.mark.parametrize(("side", "expected"), [(1024, 25), (512, 12), (128, 3), (64, 2)])
def test_radius_scales_with_the_crop(side, expected):
    assert scaled_radius(25.0, side) == expected


def test_the_fade_at_the_edges_has_no_step_and_no_end():
    fade = edge_fade(100, 0.1)
    assert fade[0].max() < 0.01 and fade[:, -1].max() < 0.01
    assert (fade[10:90, 10:90] == 1).all()
    assert np.abs(np.diff(fade[:, 50])).max() < 0.16
    assert (edge_fade(100, 0.0) == 1).all()


def test_a_softened_mask_is_whole_well_inside_and_gone_outside_and_goes_on_at_the_border():
    soft = softened(disc(20), 6)
    assert soft[32, 32] == 255 and soft[32, 32 + 27] == 0
    assert soft[32, 32 + 20] < 128 < soft[32, 32 + 14]
    assert (softened(np.full((64, 64), 255, np.uint8), 6) == 255).all()
    assert np.array_equal(softened(disc(20), 0), disc(20))
