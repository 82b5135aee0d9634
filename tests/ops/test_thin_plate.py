"""The bend between a face's home and its landmarks: nothing at home, a shift where all shift, and its inverse."""

import cv2
import numpy as np
import pytest

from stitch_exp.ops.thin_plate import ThinPlate

SIDE = 128
HOME = np.random.default_rng(0).uniform(40, 88, (68, 2))


def picture() -> np.ndarray:
    """Smooth, so that a shift of a tenth of a pixel is a small change."""
    coarse = np.random.default_rng(1).uniform(-60, 60, (12, 12, 3)).astype(np.float32)
    return cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)


def test_landmarks_at_home_bend_nothing() -> None:
    plate, drawn = ThinPlate(HOME, SIDE), picture()
    assert np.abs(plate.home_to(drawn, HOME) - drawn).max() < 1e-3
    assert np.abs(plate.home_from(drawn, HOME) - drawn).max() < 1e-3


def test_a_face_that_moves_takes_its_picture_along() -> None:
    moved = ThinPlate(HOME, SIDE).home_to(picture(), HOME + np.array([3.0, -2.0]))
    wanted = np.roll(picture(), (-2, 3), (0, 1))
    inside = slice(8, -8)  # hair and shoulders, too
    assert np.abs(moved[inside, inside] - wanted[inside, inside]).mean() < 0.1
    assert np.abs(picture()[inside, inside] - wanted[inside, inside]).mean() > 8


def test_a_mouth_that_opens_bends_what_is_around_it_and_nothing_far_away() -> None:
    open_mouth = HOME.copy()
    open_mouth[48:] += (0.0, 3.0)
    bent = ThinPlate(HOME, SIDE).home_to(picture(), open_mouth)
    assert np.abs(bent - picture())[50:78, 50:78].mean() > 2
    assert np.abs(bent - picture())[:3].max() < 1.5


def test_there_and_back_is_the_same_picture() -> None:
    plate, drawn = ThinPlate(HOME, SIDE), picture()
    smile = HOME + 3 * np.sin(HOME[:, ::-1] / 12)
    back = plate.home_from(plate.home_to(drawn, smile), smile)
    assert np.abs(back - drawn).mean() < 0.35
    assert np.abs(plate.home_to(drawn, smile) - drawn).mean() > 3


@pytest.mark.parametrize("turn", [0.1, -0.1])
def test_a_landmark_lies_where_it_was_asked_to(turn: float) -> None:
    plate = ThinPlate(HOME, SIDE)
    target = HOME + 0.1 * (HOME - HOME.mean(0)) @ np.array([[0, turn * 10], [-turn * 10, 0]])
    place = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), axis=-1).astype(np.float32)
    where = plate.home_to(np.dstack([place, place[..., :1]]), target)  # where each point of the result was at home
    found = np.array([where[round(y), round(x), :2] for x, y in target])
    assert np.abs(found - HOME).mean() < 0.8


def test_landmarks_that_tremble_bend_little() -> None:
    noise = np.random.default_rng(3).normal(0, 0.5, HOME.shape)
    assert np.abs(ThinPlate(HOME, SIDE).home_to(picture(), HOME + noise) - picture()).mean() < 2.5
