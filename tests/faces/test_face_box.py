"""A face in the pixels of other images."""

import numpy as np
import pytest

from stitch_exp.faces.face import Face


def face() -> Face:
    points = np.tile([1.0, 2.0], (68, 1))
    points[42:48] = [4.0, 5.0]
    return Face(points, np.array([0.0, 0.0, 4.0, 2.0]), 0.5)


def test_middle_longer_side_and_tilt() -> None:
    assert face().center.tolist() == [2.0, 1.0] and face().side == 4.0
    assert face().roll == pytest.approx(45.0)  # the eyes lie at (1, 2) and (4, 5), y down


def test_a_smaller_image_moves_the_centres_of_pixels() -> None:
    moved = face().moved(2.0, np.array([10.0, 20.0]))
    assert moved.landmarks[0].tolist() == [1.5 / 2 - 0.5 + 10, 2.5 / 2 - 0.5 + 20]
    assert moved.box.tolist() == [9.75, 19.75, 11.75, 20.75] and moved.score == 0.5
    back = moved.moved(0.5, np.array([-20.0, -40.0]))
    assert back.box == pytest.approx(face().box)


def test_a_turned_image_turns_the_points_and_keeps_the_box_upright() -> None:
    placed = face().placed(np.array([[0.0, -2.0, 5.0], [2.0, 0.0, 7.0]]))
    assert placed.landmarks[0].tolist() == [1.0, 9.0]
    assert placed.box == pytest.approx([-1.0, 9.0, 7.0, 13.0])
    assert placed.roll == pytest.approx(135.0)
