"""The account of the frames."""

import numpy as np
import pytest

from stitch_exp.measures.faces import Faces
from stitch_exp.measures.observation import Observation


def measured(*frames):
    metric = Faces()
    for frame in frames:
        metric.update(frame)
    return {result.name: result for result in metric.compute()}


def counts(*frames):
    found = measured(*frames)
    return [found[name].value for name in ("frames", "frames_passed", "faces_lost", "cuts")]


def seen(*statuses):
    return [Observation(status=status) for status in statuses]


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (("detected", "interpolated", "missing", "lost"), [4, 1, 1, 0]),
        (("detected",) * 3, [3, 0, 0, 0]),
        (("missing",) * 3, [3, 3, 0, 0]),
        (("lost",) * 2, [2, 0, 2, 0]),
        (("passed", "missing", "detected"), [3, 2, 0, 0]),
        ((), [0, 0, 0, 0]),
    ],
)
def test_edited_passed_and_lost_frames_are_all_there_are(statuses, expected):
    assert counts(*seen(*statuses)) == expected


def test_cuts_are_counted():
    assert counts(Observation(cut=False), Observation(cut=True), Observation(status="missing", cut=True))[3] == 2


def test_the_face_is_where_its_points_are_in_the_mean_and_as_large_as_their_longer_side():
    points = np.array([[10.0, 20.0], [30.0, 20.0], [20.0, 50.0]])
    found = measured(Observation(landmarks=points), Observation(status="missing"), Observation(landmarks=points + 6))
    np.testing.assert_allclose(found["face_x"].per_frame, [20, np.nan, 26])
    np.testing.assert_allclose(found["face_y"].per_frame, [30, np.nan, 36])
    np.testing.assert_allclose(found["face_size"].per_frame, [30, np.nan, 30])
    assert (found["face_x"].value, found["face_y"].value, found["face_size"].value) == (23, 33, 30)


def test_nowhere_is_undefined_and_of_no_frames_there_is_an_empty_curve():
    assert np.isnan(measured(*seen("missing", "missing"))["face_x"].value)
    none = measured()
    assert none["face_size"].per_frame.shape == (0,) and np.isnan(none["face_size"].value)


def test_it_forgets():
    metric = Faces()
    metric.update(Observation(status="lost", cut=True, landmarks=np.ones((3, 2))))
    metric.reset()
    metric.update(Observation())
    assert [result.value for result in metric.compute()[:4]] == [1, 0, 0, 0]
