"""What is measured on a face picture."""

import numpy as np
import pytest

from stitch_exp.training.measure import NAMES, _colours, _geometry, _patch, measure_faces


def test_no_face_gives_a_row_of_nan() -> None:
    pytest.importorskip("mediapipe")
    assert np.isnan(measure_faces([np.zeros((64, 64, 3), np.uint8)])).all()


def mesh(**moved: tuple[float, float]) -> np.ndarray:
    """478 points of an upright, symmetric face whose outer eye corners are 100 apart; some of them elsewhere."""
    points = np.zeros((478, 2))
    at = {
        33: (100, 100), 263: (200, 100), 13: (150, 180), 14: (150, 184), 61: (125, 182), 291: (175, 182),
        234: (80, 140), 454: (220, 140), 10: (150, 40), 152: (150, 240), 1: (150, 140),
        159: (120, 96), 145: (120, 104), 386: (180, 96), 374: (180, 104),
        50: (110, 150), 280: (190, 150), 151: (150, 60),
    }  # fmt: skip
    for index, place in (at | {int(name[1:]): place for name, place in moved.items()}).items():
        points[index] = place
    return points


def test_a_neutral_face_by_hand() -> None:
    found = _geometry(mesh())
    assert found["smile_lift"] == pytest.approx(0.0) and found["mouth_width"] == pytest.approx(0.5)
    assert found["mouth_open"] == pytest.approx(0.04) and found["eyes_open"] == pytest.approx(0.08)
    assert found["yaw"] == pytest.approx(0.0) and found["pitch"] == pytest.approx(0.5) and found["roll"] == 0.0


def test_corners_that_rise_lift_a_smile() -> None:
    found = _geometry(mesh(p61=(120, 172), p291=(180, 172)))
    assert found["smile_lift"] == pytest.approx(0.1) and found["mouth_width"] == pytest.approx(0.6)


@pytest.mark.parametrize("nose", [135, 165])
def test_the_nose_tells_where_a_face_looks(nose: int) -> None:
    assert _geometry(mesh(p1=(nose, 140)))["yaw"] == pytest.approx((nose - 150) / 140)


@pytest.mark.parametrize("angle", [-0.4, 0.3])
def test_a_face_that_is_turned_or_larger_measures_the_same(angle: float) -> None:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    plain, turned = _geometry(mesh()), _geometry(2.5 * mesh() @ turn.T + 30)
    assert turned.pop("roll") == pytest.approx(angle) and plain.pop("roll") == 0
    assert turned == pytest.approx(plain)


def test_colours_of_the_skin_and_of_the_whole_picture() -> None:
    picture = np.zeros((256, 256, 3), np.uint8)
    picture[:, :] = (51, 51, 51)
    for x, y in ((110, 150), (190, 150), (150, 60)):
        picture[y - 8 : y + 9, x - 8 : x + 9] = (204, 153, 102)
    found = _colours(picture, mesh())
    assert found["skin_luma"] == pytest.approx(0.299 * 0.8 + 0.587 * 0.6 + 0.114 * 0.4)
    assert found["skin_redness"] == pytest.approx(0.2) and found["skin_yellowness"] == pytest.approx(0.3)
    assert 0.2 < found["brightness"] < 0.21


def test_a_patch_at_the_edge_stays_inside() -> None:
    picture = np.zeros((40, 40, 3), np.uint8)
    assert len(_patch(picture, np.array([-50.0, 500.0]))) == len(_patch(picture, np.array([20.0, 20.0]))) == 9


def test_names_are_those_of_what_is_measured() -> None:
    picture = np.zeros((256, 256, 3), np.uint8)
    assert set(NAMES) == set(_geometry(mesh()) | _colours(picture, mesh()))
