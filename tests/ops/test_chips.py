import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stitch_exp.ops.chips import five_points, sample, similarity, unit
from stitch_exp.recognisers.arcface import TEMPLATE
from tests.made_landmarks import frame, landmarks


@given(
    scale=st.floats(0.2, 5), angle=st.floats(-3, 3), x=st.floats(-50, 50), y=st.floats(-50, 50)
)  # fmt: skip
def test_similarity_is_recovered(scale: float, angle: float, x: float, y: float) -> None:
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    expected = np.array([[cosine, -sine, x], [sine, cosine, y]])
    points = TEMPLATE @ expected[:, :2].T + expected[:, 2]
    np.testing.assert_allclose(similarity(points, TEMPLATE), expected, atol=1e-8)


def test_similarity_never_mirrors() -> None:
    mirrored = TEMPLATE * (-1, 1)
    assert np.linalg.det(similarity(mirrored, TEMPLATE)[:, :2]) > 0


def test_five_points_are_those_of_the_face() -> None:
    points = five_points(landmarks((100, 80), 40))
    np.testing.assert_allclose(points[:2], [[80, 80], [120, 80]], atol=0.5)
    assert points[2, 1] < points[3, 1] == pytest.approx(points[4, 1])


def test_a_chip_at_its_own_scale_is_the_frame() -> None:
    image = frame(64, 64)
    at = np.array([[1.0, 0, 10], [0, 1.0, 5]])
    np.testing.assert_array_equal(sample(image, at, 32), image[5:37, 10:42])


def test_a_large_face_is_averaged_not_aliased() -> None:
    stripes = np.zeros((400, 400, 3), np.uint8)
    stripes[:, ::2] = 200
    chip = sample(stripes, np.array([[4.0, 0, 1.5], [0, 4.0, 1.5]]), 80)
    assert abs(int(chip[40, 40, 0]) - 100) <= 2 and chip[20:60, 20:60].std() < 3
    grey = cv2.resize(stripes, (100, 100), interpolation=cv2.INTER_AREA)
    assert np.abs(chip.astype(int) - grey[:80, :80]).max() <= 2


def test_unit_has_length_one() -> None:
    assert np.linalg.norm(unit(np.array([3.0, 4.0]))) == pytest.approx(1)
    assert unit(np.zeros(3)).tolist() == [0, 0, 0]
