"""Beard and glasses of pictures that are grey but for one patch."""

import numpy as np
import pytest

from stitch_exp.training.mobile.painted import beard, glasses


def grey(level: int) -> np.ndarray:
    return np.full((1, 100, 100, 3), level, np.uint8)


def test_even_grey_has_neither() -> None:
    assert beard(grey(128)) == pytest.approx(0.0, abs=1e-5)
    assert glasses(grey(128)) == pytest.approx(2 * np.log(0.005), abs=1e-3)


def test_a_dark_chin_is_a_beard() -> None:
    face = grey(204)
    face[:, 83:89, 42:58] = 0
    assert beard(face) == pytest.approx(np.log(0.82 / 0.02), abs=1e-4)
    assert beard(255 - face) < 0


def test_a_line_across_the_bridge_is_a_rim() -> None:
    face = grey(255)
    face[:, 47, 47:53] = 0  # two of the six steps from row to row are whole
    assert glasses(face) == pytest.approx(np.log(2 / 6 + 0.005) + np.log(0.005), abs=1e-4)
