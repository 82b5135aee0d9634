"""Display matrices of all eight orientations, and what they make of six numbered pixels."""

import numpy as np
import pytest

from stitch_exp.video.orientation import Orientation, from_matrix

ONE = 1 << 16
PIXELS = np.repeat(np.array([[1, 2, 3], [4, 5, 6]], np.uint8)[..., None], 3, axis=-1)


@pytest.mark.parametrize(
    ("a", "b", "c", "d", "turns", "mirror", "shown"),
    [
        (1, 0, 0, 1, 0, False, [[1, 2, 3], [4, 5, 6]]),
        (0, 1, -1, 0, 3, False, [[4, 1], [5, 2], [6, 3]]),
        (-1, 0, 0, -1, 2, False, [[6, 5, 4], [3, 2, 1]]),
        (0, -1, 1, 0, 1, False, [[3, 6], [2, 5], [1, 4]]),
        (-1, 0, 0, 1, 0, True, [[3, 2, 1], [6, 5, 4]]),
        (1, 0, 0, -1, 2, True, [[4, 5, 6], [1, 2, 3]]),
        (0, 1, 1, 0, 1, True, [[1, 4], [2, 5], [3, 6]]),
        (0, -1, -1, 0, 3, True, [[6, 3], [5, 2], [4, 1]]),
    ],
)
def test_a_picture_is_shown_upright(
    a: int, b: int, c: int, d: int, turns: int, mirror: bool, shown: list[list[int]]
) -> None:
    found = from_matrix(np.array([a * ONE, b * ONE, 0, c * ONE, d * ONE, 0, 0, 0, 1 << 30], np.int32))
    assert found == Orientation(turns, mirror)
    assert found.apply(PIXELS)[..., 0].tolist() == shown
    assert found.swaps_sides == (len(shown) == 3)


def test_a_matrix_that_is_a_little_off_snaps_to_the_nearest_quarter() -> None:
    turn = np.radians(80)
    a, b, c, d = (int(ONE * value) for value in (np.cos(turn), np.sin(turn), -np.sin(turn), np.cos(turn)))
    assert from_matrix(np.array([a, b, 0, c, d, 0, 0, 0, 1 << 30], np.int32)) == Orientation(3, False)


def test_an_upright_picture_is_not_copied() -> None:
    assert Orientation().apply(PIXELS) is PIXELS
