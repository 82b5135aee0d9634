"""Where shots begin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stitch_exp.faces.cuts import change, is_cut, with_cuts


def picture(seed, height=120, width=160):
    """A picture with large and small structure."""
    rng = np.random.default_rng(seed)
    coarse = np.kron(rng.integers(20, 235, (height // 20, width // 20, 3)), np.ones((20, 20, 1)))
    return np.clip(coarse + rng.normal(0, 4, coarse.shape), 0, 255).astype(np.uint8)


def first_frames(frames):
    return [i for i, (_, new) in enumerate(with_cuts(frames)) if new]


def test_every_cut_is_found_and_every_frame_handed_on():
    frames = [picture(1)] * 4 + [picture(2)] * 3 + [picture(1)] * 5
    assert first_frames(frames) == [4, 7]
    assert [frame is there for (frame, _), there in zip(with_cuts(frames), frames, strict=True)] == [True] * 12


@pytest.mark.parametrize("flash", [np.full((120, 160, 3), 255, np.uint8), np.zeros((120, 160, 3), np.uint8)])
def test_a_flash_is_no_cut(flash):
    assert first_frames([picture(1)] * 4 + [flash] + [picture(1)] * 4) == []


def test_a_last_frame_of_another_shot_is_a_cut():
    assert first_frames([picture(1), picture(1), picture(2)]) == [2]


@given(x=st.integers(-5, 5), y=st.integers(-4, 4), light=st.integers(-5, 5))
@settings(max_examples=15, deadline=None)
def test_a_moving_camera_is_no_cut(x, y, light):
    still = picture(3)
    moved = np.clip(np.roll(still, (y, x), (0, 1)).astype(int) + light, 0, 255).astype(np.uint8)
    assert not is_cut(still, moved)


def test_one_who_leaves_is_no_cut_and_a_change_before_one_wall_is_partial():
    wall = np.full((120, 160, 3), 128, np.uint8)
    both, alone = wall.copy(), wall.copy()
    both[20:100, 10:70], both[20:100, 90:150] = picture(1)[20:100, 10:70], picture(2)[20:100, 90:150]
    alone[20:100, 90:150] = both[20:100, 90:150]
    assert 0.3 < change(both, alone) < 0.7 and change(both, both) == 0.0
    other = wall.copy()
    other[20:100, 90:150] = picture(5)[20:100, 90:150]
    assert is_cut(alone, other)


def test_nothing_to_see_is_no_cut():
    assert first_frames([np.full((40, 40, 3), level, np.uint8) for level in (10, 11, 12)]) == []
    assert list(with_cuts([])) == []
