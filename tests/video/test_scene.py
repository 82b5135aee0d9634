"""The scene of a synthetic clip."""

import numpy as np
import pytest

from stitch_exp.video.scene import Camera, Scene

SIZE = (90, 160)
TRIPOD = Camera()


def face(side=32, colour=(250, 0, 250)):
    return np.full((side, side, 3), colour, np.uint8)


def test_the_same_settings_give_the_same_pixels_and_another_seed_another_background():
    one, two, other = (Scene(SIZE, seed, TRIPOD).frame(face(), 1.3) for seed in (4, 4, 5))
    np.testing.assert_array_equal(one, two)
    assert one.shape == (*SIZE, 3) and one.dtype == np.uint8 and (one != other).mean() > 0.3


def test_the_face_is_shown_where_the_head_is_and_the_background_elsewhere():
    scene = Scene(SIZE, 0, TRIPOD)
    black, white = (scene.frame(face(colour=(level,) * 3), 0.7).astype(float) for level in (0, 255))
    head = scene.head(32, 0.7)
    assert head.min() == 0 and head.max() == pytest.approx(1, abs=1e-6)
    # A pixel is background (1 - a) + face a, so white minus black is 255 a, but for rounding.
    np.testing.assert_allclose(white - black, np.repeat(255 * head[..., None], 3, 2), atol=1.01)
    np.testing.assert_array_equal(white[head == 0], black[head == 0])


@pytest.mark.parametrize("side", [16, 64, 256])
def test_the_face_is_as_large_in_the_frame_whatever_side_it_was_drawn_at(side):
    scene = Scene(SIZE, 0, TRIPOD)
    placement = scene.placement(side, 0.0)
    scale = np.sqrt(np.linalg.det(placement[:, :2]))
    assert scale * side == pytest.approx(0.8 * SIZE[0])
    middle = placement @ [side / 2, side / 2, 1]
    assert middle == pytest.approx([SIZE[1] / 2, SIZE[0] * 1.06 / 2])


def test_the_head_drifts_rolls_and_zooms_within_its_bounds():
    scene = Scene(SIZE, 0, TRIPOD)
    for seconds in np.linspace(0, 20, 41):
        placement = scene.placement(32, seconds)
        scale = np.sqrt(np.linalg.det(placement[:, :2])) * 32 / (0.8 * SIZE[0])
        roll = np.degrees(np.arctan2(placement[1, 0], placement[0, 0]))
        drift = placement @ [16, 16, 1] - [SIZE[1] / 2, SIZE[0] * 1.06 / 2]
        assert 0.95 <= scale <= 1.05 and abs(roll) <= 4.001
        assert abs(drift[0]) <= 0.06 * SIZE[1] + 1e-9 and abs(drift[1]) <= 0.03 * SIZE[0] + 1e-9


def test_a_camera_that_shakes_moves_face_and_background_alike_and_no_further_than_it_may():
    still, shaken = Scene(SIZE, 0, TRIPOD), Scene(SIZE, 0, Camera(shake_px=5.0))
    shifts = [shaken.placement(32, t)[:, 2] - still.placement(32, t)[:, 2] for t in np.linspace(0, 10, 50)]
    assert 2.0 < np.abs(shifts).max() <= 5.0
    t = float(np.linspace(0, 10, 50)[np.abs(shifts).max(axis=1).argmax()])
    x, y = np.rint(shaken.placement(32, t)[:, 2] - still.placement(32, t)[:, 2]).astype(int)
    before, here = (scene.frame(face(), t).astype(float) for scene in (still, shaken))
    moved = np.roll(before, (y, x), axis=(0, 1))
    inside = np.s_[10:-10, 10:-10]
    assert np.abs(moved - here)[inside].mean() < 0.5 * np.abs(before - here)[inside].mean()


def test_the_background_slides_and_comes_back_after_its_width():
    scene = Scene(SIZE, 0, TRIPOD)
    period = 2 * SIZE[1] / 30
    corner = np.s_[:8, :8]  # never under the face
    first = scene.frame(face(), 0.0)[corner]
    assert (scene.frame(face(), 2.0)[corner] != first).any()
    np.testing.assert_array_equal(scene.frame(face(), round(period * 30) / 30 + 1e-6)[corner], first)


def test_less_quality_is_more_error_and_none_is_none():
    exact = Scene(SIZE, 0, TRIPOD).frame(face(), 0.4).astype(float)
    scenes = (Scene(SIZE, 0, Camera(jpeg_quality=quality)) for quality in (95, 40, 5))
    errors = [np.abs(scene.frame(face(), 0.4) - exact).mean() for scene in scenes]
    assert 0 < errors[0] < errors[1] < errors[2]


def test_colours_are_not_swapped_by_the_compression():
    frame = Scene(SIZE, 0, Camera(jpeg_quality=95)).frame(face(colour=(240, 20, 20)), 0.0)
    red, _, blue = frame[45, 80].astype(int)
    assert red > 200 and blue < 60


@pytest.mark.parametrize("size", [(1, 1), (7, 13), (31, 30)])
def test_odd_and_tiny_frames(size):
    assert Scene(size, 0, Camera(shake_px=1.0, jpeg_quality=80)).frame(face(), 0.2).shape == (*size, 3)
