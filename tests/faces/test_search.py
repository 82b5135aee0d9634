"""Closer looks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_faces import face

from stitch_exp.faces.search import _corners, _without_doubles, look_everywhere, look_turned


class Nearsighted:
    """Finds the white patch as a face, but only if it fills enough of the picture and is not cut by its edge."""

    def detect(self, frame):
        ys, xs = np.nonzero(frame[..., 0] > 128)
        if len(xs) == 0 or np.ptp(xs) < 0.15 * min(frame.shape[:2]):
            return []
        if min(xs.min(), ys.min()) == 0 or xs.max() == frame.shape[1] - 1 or ys.max() == frame.shape[0] - 1:
            return []
        return [face(xs.mean(), ys.mean(), np.ptp(xs) / 2)]


def patch(x, y, side, height=240, width=320):
    frame = np.zeros((height, width, 3), np.uint8)
    frame[y : y + side, x : x + side] = 255
    return frame


@given(x=st.integers(2, 298), y=st.integers(2, 218))
@settings(max_examples=20)
def test_a_small_face_is_found_anywhere(x, y):
    found = look_everywhere(Nearsighted(), patch(x, y, 20), 12.0)
    eyes = found[0].landmarks[36:48].mean(0)
    # seen in an enlarged part, it is found to a fraction of a pixel
    np.testing.assert_allclose(eyes, (x + 9.5, y + 9.5), atol=1.0)


def test_no_search_below_the_smallest_wanted_face():
    assert look_everywhere(Nearsighted(), patch(150, 100, 6), 30.0) == []


@given(height=st.integers(40, 300), width=st.integers(40, 300))
def test_tiles_cover_the_frame(height, width):
    side = min(height, width) // 2
    covered = np.zeros((height, width), bool)
    for x, y in _corners(height, width, side):
        covered[y : y + side, x : x + side] = True
    assert covered.all()


def test_doubles_are_dropped_for_the_surest():
    faces = [face(50, 50, score=0.6), face(52, 50, score=0.9), face(120, 50, score=0.5)]
    assert [item.score for item in _without_doubles(faces)] == [0.9, 0.5]


@given(degrees=st.integers(-180, 180), x=st.integers(60, 260), y=st.integers(60, 180))
@settings(max_examples=20, deadline=None)
def test_a_turned_look_sees_the_face_upright_and_puts_it_back(degrees, x, y):
    upright = face(240, 240, 40)

    class Upright:
        def detect(self, frame):
            assert frame.shape == (480, 480, 3)
            return [upright]

    found = look_turned(Upright(), np.zeros((240, 320, 3), np.uint8), np.array([x, y], float), 64.0, float(degrees))[0]
    np.testing.assert_allclose(found.landmarks[36:48].mean(0), (x, y), atol=0.5)
    assert abs((found.roll - degrees + 180) % 360 - 180) < 1e-6
    assert found.side == pytest.approx(upright.side * 0.4)


def test_a_padded_look_finds_a_face_as_large_as_the_frame():
    frame = patch(0, 0, 240, 240, 240)
    assert Nearsighted().detect(frame) == []
    found = look_turned(Nearsighted(), frame, np.array([120.0, 120.0]), 240.0, 0.0)
    np.testing.assert_allclose(found[0].landmarks[36:48].mean(0), (119.5, 119.5), atol=1.0)
