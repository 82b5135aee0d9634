"""Finished frames looked at afresh."""

import numpy as np
import pytest

from stitch_exp.measures.observation import DETECTED, JUDGED, Observation
from stitch_exp.metrics.onlooker import Onlooker
from tests.made_faces import face

SOURCE, EDITED = np.zeros((2, 60, 80, 3), np.uint8)
EDITED[:] = 1


class Detector:
    """Finds what is written down for the source, or for the edited picture."""

    def __init__(self, source, edited):
        self.found = (source, edited)

    def detect(self, picture):
        return self.found[picture[0, 0, 0]]


class Judge:
    name, weight_hash = "judge", "0123456789abcdef"

    def judge(self, picture, points):
        return {"age": float(picture[0, 0, 0]), "x": float(points[:, 0].mean())}


HERE = face(40, 20, 10.0)
FRAME = Observation(source=SOURCE, edited=EDITED, landmarks=HERE.landmarks)


@pytest.mark.parametrize(
    ("detector", "judge", "filled"),
    [
        (None, None, ()),
        (None, Judge(), ()),
        (Detector([], []), None, DETECTED),
        (Detector([], []), Judge(), (*DETECTED, *JUDGED)),
    ],
)
def test_what_is_filled_depends_on_who_looks(detector, judge, filled):
    assert Onlooker(detector, judge, 0.5).fields == frozenset(filled)


def test_names_in_tables():
    nobody = Onlooker(None, None, 0.5)
    assert (nobody.detector_name, nobody.judge_name) == ("", "")
    both = Onlooker(Detector([], []), Judge(), 0.5)
    assert (both.detector_name, both.judge_name) == ("detector=Detector", "judge=judge 0123456789ab")


def test_both_pictures_are_searched_and_what_is_found_is_judged():
    moved = face(42, 20, 10.0)
    seen = Onlooker(Detector([HERE], [moved]), Judge(), 0.5).look(FRAME)
    np.testing.assert_array_equal(seen.found_landmarks, HERE.landmarks)
    np.testing.assert_array_equal(seen.edited_landmarks, moved.landmarks)
    assert seen.source_judged["age"] == 0 and seen.edited_judged["age"] == 1
    assert seen.edited_judged["x"] == pytest.approx(seen.source_judged["x"] + 2)


def test_of_several_the_nearest_counts_and_none_that_is_far():
    near, nearer, far = face(43, 20, 10.0), face(38, 20, 10.0), face(70, 20, 10.0)
    seen = Onlooker(Detector([far, near, nearer], [far]), Judge(), 0.5).look(FRAME)
    np.testing.assert_array_equal(seen.found_landmarks, nearer.landmarks)
    assert seen.edited_landmarks is None and seen.edited_judged is None


def test_half_a_face_away_is_the_limit():
    reach = 0.5 * np.ptp(HERE.landmarks, axis=0).max()
    onlooker = Onlooker(Detector([face(40 + reach - 1e-6, 20, 10.0)], [face(40 + reach + 1e-6, 20, 10.0)]), None, 0.5)
    assert onlooker.twin(SOURCE, HERE.landmarks) is not None and onlooker.twin(EDITED, HERE.landmarks) is None


def test_weak_detections_do_not_count():
    weak, just = face(40, 20, 10.0, score=0.49), face(41, 20, 10.0, score=0.5)
    assert Onlooker(Detector([weak, just], []), None, 0.5).faces(SOURCE) == [just]


def test_without_a_detector_or_a_face_to_look_for_the_frame_stays_as_it_is():
    assert Onlooker(None, Judge(), 0.5).look(FRAME) is FRAME
    faceless = Observation(source=SOURCE, edited=EDITED)
    assert Onlooker(Detector([HERE], [HERE]), None, 0.5).look(faceless) is faceless
