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


def test_a_face_that_moves_takes_its_picture_along_and_leaves_the_border() -> None:
    moved = ThinPlate(HOME, SIDE).home_to(picture(), HOME + np.array([3.0, -2.0]))
    wanted = np.roll(picture(), (-2, 3), (0, 1))
    middle = slice(50, 78)
    assert np.abs(moved[middle, middle] - wanted[middle, middle]).mean() < 1.5
    assert np.abs(picture()[middle, middle] - wanted[middle, middle]).mean() > 8
    assert np.abs(moved - picture())[:2].max() < 3


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
