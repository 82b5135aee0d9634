"""MediaPipe's detector on the sample clip: numbers of its own, and none of a face that is not there."""

import numpy as np
import pytest

from stitch_exp.faces import MediapipeDetector
from stitch_exp.faces.mediapipe_detector import _distinct
from stitch_exp.video import SampleVideo
from tests.made_faces import face

SHOWN = (8, 30, 36, 45, 48, 54)
"""Chin, tip of the nose, outer eye corners, mouth corners."""
GOLDEN = {
    0: [(95.71, 97.44), (89.55, 66.39), (72.87, 61.74), (101.54, 55.24), (83.78, 81.87), (100.15, 77.98)],
    5: [(93.40, 96.65), (86.81, 66.26), (70.14, 62.00), (98.86, 55.06), (81.41, 81.72), (97.42, 77.76)],
}
"""Made with mediapipe 1.2.3 on x86-64; mediapipe 0.10.21 put the same points 0.7 px away in the mean."""


@pytest.fixture(scope="module")
def frames() -> list[np.ndarray]:
    return [np.asarray(frame) for frame in SampleVideo(start=0, frames=60)().frames]


@pytest.fixture(scope="module")
def detector() -> MediapipeDetector:
    return MediapipeDetector(crop_px=256)


@pytest.mark.parametrize("index", sorted(GOLDEN))
def test_landmarks_are_where_they_were(index: int, frames: list[np.ndarray], detector: MediapipeDetector) -> None:
    found = detector.detect(frames[index])[0].landmarks[list(SHOWN)]
    np.testing.assert_allclose(found, GOLDEN[index], atol=0.6)


def test_a_box_beside_the_face_is_no_second_face(frames: list[np.ndarray], detector: MediapipeDetector) -> None:
    """The box detector sees weak faces in hat and ear of these frames, beside the real one."""
    boxes = [detector._boxes.task.detect(_image(frame)).detections for frame in frames[::3]]
    assert max(len(found) for found in boxes) > 1
    assert [len(detector.detect(frame)) for frame in frames[::3]] == [1] * 20


def test_a_face_found_twice_is_kept_once_with_its_best_score() -> None:
    best, again, other = face(40, 50, 14, score=0.9), face(41, 50, 14, score=0.4), face(110, 50, 14, score=0.3)
    assert _distinct([best, again, other]) == [best, other]


def test_small_and_large_faces_are_found(frames: list[np.ndarray], detector: MediapipeDetector) -> None:
    """A face of a twelfth of the frame's height, and one that is cut off by the frame on three sides."""
    large = np.zeros((864, 1056, 3), np.uint8)
    large[300:444, 400:576] = frames[0]
    points = detector.detect(frames[0])[0].landmarks
    far = detector.detect(large)[0].landmarks
    unit = np.linalg.norm(points[36] - points[45])
    assert np.linalg.norm(far - points - (400, 300), axis=1).mean() < 0.05 * unit
    (left, top), (right, bottom) = points.min(0).astype(int), points.max(0).astype(int)
    close = detector.detect(np.ascontiguousarray(frames[0][top : bottom - 4, left:right]))[0].landmarks
    assert np.linalg.norm((close + np.array([left, top]) - points)[17:], axis=1).mean() < 0.15 * unit


def _image(frame: np.ndarray):
    from stitch_exp.networks.mediapipe_tasks import image

    return image(frame)
