"""Geometry of the FFHQ square."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stitch_exp.ops.quad import corners, squares_from_landmarks

coordinates = st.floats(-500, 500)


def face():
    points = np.random.default_rng(0).normal(size=(68, 2)) * 3
    points[36:42] += (-30, 0)
    points[42:48] += (30, 0)
    points[48], points[54] = (-20, 50), (20, 50)
    return points


def quad_of(points):
    return corners(squares_from_landmarks(points[None], 1.0))[0]


def test_upright_square():
    points = np.zeros((68, 2))
    points[36:42], points[42:48], points[48], points[54] = (-30, 0), (30, 0), (-20, 60), (20, 60)
    # 1.8 x 60 is less than 2 x 60; the centre is a tenth of the way to the mouth
    np.testing.assert_allclose(quad_of(points), [(-120, -114), (-120, 126), (120, 126), (120, -114)])


@given(x=coordinates, y=coordinates, angle=st.floats(-3, 3), size=st.floats(0.1, 20))
def test_square_moves_turns_and_grows_with_the_face(x, y, angle, size):
    turn = size * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    moved = quad_of(face() @ turn + (x, y))
    np.testing.assert_allclose(moved, quad_of(face()) @ turn + (x, y), atol=1e-6)


@given(scale=st.floats(0.3, 3))
def test_scale_keeps_the_centre(scale):
    base, scaled = (squares_from_landmarks(face()[None], s) for s in (1.0, scale))
    np.testing.assert_allclose(scaled.center, base.center)
    np.testing.assert_allclose(scaled.x, base.x * scale)


def test_corners_form_a_square():
    quad = quad_of(face())
    sides = np.linalg.norm(quad - np.roll(quad, 1, axis=0), axis=1)
    np.testing.assert_allclose(sides, sides[0])
