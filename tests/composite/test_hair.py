"""Where an edited strand of hair goes over to the filmed one."""

import cv2
import numpy as np
import pytest

from stitch_exp.composite.hair import exchange, hair_fade
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


def test_a_wide_exchange_is_pasted_with_soft_edges_and_a_sliver_is_not() -> None:
    exchanged = np.zeros((128, 128), np.uint8)
    exchanged[20:60, 20:60] = 255
    exchanged[100, :] = 255
    share = exchange(exchanged)
    assert share[20:60, 20:60].min() > 0.6 and (share[24:56, 24:56] == 1).all(), "what went shows nowhere"
    assert not share[70:].any() and 0 < share[19, 40] < 1
    assert share.dtype == np.float32 and not exchange(np.zeros_like(exchanged)).any()
