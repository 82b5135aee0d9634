import cv2
import numpy as np
import pytest
from made_faces import face

from stitch_exp.errors import ConfigError, DataError, FaceError
from stitch_exp.metrics.compare import Comparison
from stitch_exp.types import Workspace


@pytest.fixture
def make_frames(make_frames):
    """Frames of one shot: what moves in noise cannot be told from a cut."""
    return lambda count: [cv2.GaussianBlur(frame, (0, 0), 3.0) for frame in make_frames(count)]


class Detector:
    """Finds a square wherever `places(call)` says."""

    def __init__(self, places):
        self.places, self.calls = places, 0

    def detect(self, frame):
        found = self.places(self.calls)
        self.calls += 1
        return [face(*corner, 5.0, score) for corner, score in found]


def compare(networks, detector, source, edited, names=None):
    options = {"min_similarity": 0.1, "flow_side_px": 64, "min_score": 0.5}
    comparison = Comparison(names=names, detector=detector, recogniser=None, identity=networks["identity"], **options)
    report, status = comparison(source, edited, Workspace())
    return {result.name: result for result in report.results}, status


def test_a_video_compared_with_itself(networks, make_clip, make_frames):
    clip = make_clip(make_frames(5))
    found, status = compare(networks, Detector(lambda call: [([20, 12], 0.9)]), clip, clip)
    assert found["tl_id"].value == found["tg_id"].value == 1.0 and status == ("detected",) * 5
    assert found["face_change"].value == 0.0 and found["motion_kept"].value == 1.0
    assert "landmarks of each video, detector=Detector" in found["tl_id"].instrument
    assert "encoded" in found["motion_kept"].instrument


def without(*gone):
    """A detector that sees no face in these (frame, video) places, 0 the source and 1 the edit."""
    calls = iter([(frame, side) for frame in range(100) for side in (0, 1) if not (side and (frame, 0) in gone)])
    return Detector(lambda call: [] if next(calls) in gone else [([20, 12], 0.9)])


def test_a_face_missed_in_the_source_joins_no_pair(networks, make_clip, make_frames):
    clip = make_clip(make_frames(5))
    found, status = compare(networks, without((2, 0)), clip, clip)
    assert found["tl_id"].note.startswith("2 of 2 pairs") and found["tg_id"].note.startswith("6 of 6 pairs")
    assert status[2] == "missing" and found["tl_id"].value == pytest.approx(found["identity_to_source"].value)
    assert (found["frames"].value, found["frames_passed"].value, found["faces_lost"].value) == (5, 1, 0)


def test_faces_lost_in_the_edit_count_as_like_nothing(networks, make_clip, make_frames):
    clip = make_clip(make_frames(12))
    found, status = compare(networks, without((5, 1), (6, 1), (7, 1)), clip, clip)
    # 4 of 11 neighbouring pairs and 66 - 36 of all 66 pairs have a lost face; the others are exactly alike.
    assert found["tl_id"].value == pytest.approx(7 / 11) and found["tg_id"].value == pytest.approx(36 / 66)
    assert found["tl_id_skipped"].value == 4 and found["tg_id_skipped"].value == 30
    assert found["tl_id_found"].value == found["tg_id_found"].value == pytest.approx(1.0)
    assert found["identity_to_source"].value == pytest.approx(9 / 12)
    assert found["faces_lost"].value == 3 and status.count("lost") == 3 and status[5:8] == ("lost",) * 3
    np.testing.assert_allclose(found["tl_id"].per_frame[5:9], 0.0)
    assert "4 with a face lost" in found["tl_id"].note


def test_the_same_face_is_followed(networks, make_clip, make_frames):
    clip = make_clip(make_frames(3))
    both = [([20, 12], 0.9), ([40, 20], 0.99)]
    found, _ = compare(networks, Detector(lambda call: both if call else both[:1]), clip, clip, ["jitter"])
    assert found["source_jitter"].value == found["landmark_jitter"].value == 0.0


def test_weak_detections_do_not_count(networks, make_clip, make_frames):
    clip = make_clip(make_frames(2))
    with pytest.raises(FaceError, match="no face in any frame"):
        compare(networks, Detector(lambda call: [([20, 12], 0.4)]), clip, clip)


def test_lengths_must_agree(networks, make_clip, make_frames):
    with pytest.raises(DataError, match="same length"):
        compare(networks, Detector(lambda call: []), make_clip(make_frames(3)), make_clip(make_frames(2)))


def test_what_needs_a_run_cannot_be_asked_of_two_videos(networks):
    with pytest.raises(ConfigError, match="seam"):
        compare(networks, Detector(lambda call: []), None, None, ["seam"])


def test_a_cut_of_the_source_is_found_and_spanned_by_no_pair(networks, make_clip, make_frames):
    clip = make_clip([*make_frames(4), *(255 - frame[::-1] for frame in make_frames(3))])
    found, _ = compare(networks, Detector(lambda call: [([20, 12], 0.9)]), clip, clip)
    assert found["cuts"].value == 1.0
    assert found["tl_id"].note.startswith("5 of 5 pairs") and found["tg_id"].note.startswith("9 of 9 pairs")
