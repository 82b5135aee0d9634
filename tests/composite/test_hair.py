"""What becomes of filmed hair, and where an edited strand goes over to it."""

import cv2
import numpy as np
import pytest

from stitch_exp.composite.hair import Hair, hair_fade
from tests.made_landmarks import landmarks

SIDE = 128


def test_hair_fades_between_the_corners_of_the_jaw_and_the_chin() -> None:
    points = landmarks((64, 50), 30)
    fade = hair_fade(points, SIDE)
    corner, chin = points[4], points[8]
    beside = fade[:, 4]
    assert beside[: int(corner[1])].min() == 1.0 and not beside[int(np.ceil(chin[1])) :].any()
    assert beside[round((corner[1] + chin[1]) / 2)] == pytest.approx(0.5, abs=0.1)
    assert (np.diff(beside) <= 0).all()
    np.testing.assert_allclose(fade[:, 4], fade[:, -5], atol=1e-5)
    assert fade[:, int(corner[0]) + 1 : int(points[12][0])].min() == 1.0, "the face itself is not faded"


def test_a_tilted_head_is_faded_along_its_tilt() -> None:
    angle, centre = 0.5, (64.0, 60.0)
    turn = cv2.getRotationMatrix2D(centre, -np.degrees(angle), 1)
    expected = cv2.warpAffine(
        hair_fade(landmarks(centre, 25), SIDE), turn, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE
    )
    found = hair_fade(landmarks(centre, 25, angle), SIDE)
    inner = np.s_[30:98, 30:98]
    assert np.abs(found - expected)[inner].mean() < 0.02


def hair(before: np.ndarray, after: np.ndarray) -> Hair:
    return Hair(before, after, landmarks((64, 50), 25))


def test_a_wide_exchange_is_pasted_with_soft_edges_and_a_sliver_is_not() -> None:
    before, after = np.zeros((128, 128), np.uint8), np.zeros((128, 128), np.uint8)
    before[20:60, 20:60] = after[100] = 255
    much, none = np.full((128, 128), 9, np.float32), np.full((128, 128), 3, np.float32)
    share = hair(before, after).exchanged(much)
    assert share[20:60, 20:60].min() > 0.6 and (share[24:56, 24:56] == 1).all(), "what went shows nowhere"
    assert not share[70:].any() and 0 < share[19, 40] < 1
    assert share.dtype == np.float32 and not hair(before, before).exchanged(much).any()
    assert not hair(before, after).exchanged(none).any(), "outlines that differ where nothing changed are noise"


def test_what_hangs_in_hair_that_stays_is_not_drawn_and_its_colour_is() -> None:
    """A change of 10 levels everywhere, with an earring of 5 px and 90 levels at the jaw and one in the hair above."""
    everywhere, change = np.full((128, 128), 255, np.uint8), np.full((128, 128, 3), 10, np.float32)
    points = landmarks((64, 50), 25)
    jaw, brow = (int(np.rint(points[n, 1])) for n in (6, 19))
    change[jaw : jaw + 5, 20:25] += 90
    change[brow : brow + 5, 20:25] += 90
    drawn = hair(everywhere, everywhere).with_filmed_strands(change)
    assert drawn[jaw : jaw + 5, 20:25].max() < 30, "the earring is spread"
    np.testing.assert_array_equal(drawn[: brow + 5], change[: brow + 5])
    np.testing.assert_allclose(drawn[jaw + 30 :], 10, atol=2)


def test_where_no_hair_stays_the_change_is_left_alone() -> None:
    change = np.random.default_rng(0).normal(size=(128, 128, 3)).astype(np.float32)
    none, all_of_it = np.zeros((128, 128), np.uint8), np.full((128, 128), 255, np.uint8)
    for before, after in ((none, none), (none, all_of_it), (all_of_it, none)):
        np.testing.assert_array_equal(hair(before, after).with_filmed_strands(change), change)


@pytest.mark.parametrize(("width", "shown"), [(6, False), (40, True)])
def test_narrow_strips_that_grow_below_the_ears_are_not_shown_and_broad_hair_is(width: int, shown: bool) -> None:
    """On a crop of 128 px hair narrower than 11 px is a strip; above the nose it is left alone."""
    none, after = np.zeros((128, 128), np.uint8), np.zeros((128, 128), np.uint8)
    after[:, 10 : 10 + width] = 255
    strips = hair(none, after).strips()
    points = landmarks((64, 50), 25)
    base, bridge = (int(np.rint(points[n, 1])) for n in (33, 28))
    assert bool((strips[base + 4 : 120, 10 : 10 + width] == 0).all()) is shown
    assert shown or (strips[base + 4 : 120, 11:15] == 1).all()
    assert not strips[: bridge - 3].any()
    assert not hair(after, after).strips().any(), "what was filmed is no growth"
