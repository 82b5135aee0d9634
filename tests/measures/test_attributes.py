"""Lengths and colours of a face of a few points."""

import numpy as np
import pytest

from stitch_exp.measures.attributes import colour_distance, eye_opening, mean_colour, mouth_opening, mouth_width


def face() -> np.ndarray:
    """The eyes' outer corners are 10 px apart, the lids 1 px, the lips 2 px, the mouth's corners 6 px."""
    points = np.zeros((68, 2))
    places = {
        45: (10, 0),
        62: (5, 5),
        66: (5, 7),
        48: (2, 8),
        54: (8, 8),
        41: (0, 1),
        40: (0, 1),
        47: (0, 1),
        46: (0, 1),
    }
    for index, place in places.items():
        points[index] = place
    return points


def test_openings_are_percent_of_the_distance_of_the_eyes() -> None:
    assert mouth_opening(face()) == pytest.approx(20.0)
    assert eye_opening(face()) == pytest.approx(10.0)
    assert mouth_width(3 * face()) == pytest.approx(60.0)


def test_eyes_at_one_place_give_no_scale() -> None:
    assert np.isnan(mouth_width(np.zeros((68, 2))))


def test_black_is_a_hundred_from_white_and_nothing_has_no_colour() -> None:
    white, everywhere = np.full((2, 2, 3), 255, np.uint8), np.ones((2, 2), bool)
    assert mean_colour(white, everywhere) == pytest.approx([100, 0, 0], abs=0.1)
    assert colour_distance(0 * white, everywhere, white, everywhere) == pytest.approx(100, abs=0.1)
    assert np.isnan(mean_colour(white, ~everywhere)).all()
    assert np.isnan(colour_distance(white, ~everywhere, white, everywhere))
