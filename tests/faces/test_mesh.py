"""Landmarks followed from frame to frame."""

import numpy as np
import pytest

from stitch_exp.faces import MediapipeDetector
from stitch_exp.faces.face import Face
from stitch_exp.faces.mesh import Mesh
from stitch_exp.video import SampleVideo


@pytest.fixture(scope="module")
def frames():
    return [np.asarray(frame) for frame in SampleVideo(start=0, frames=6)().frames]


@pytest.fixture(scope="module")
def first(frames):
    (found,) = MediapipeDetector(crop_px=256).detect(frames[0])
    return found


def apart(one, other):
    """Mean distance of the inner points, in distances between the eyes."""
    unit = np.linalg.norm(one.landmarks[36] - one.landmarks[45])
    return float(np.linalg.norm(one.landmarks - other.landmarks, axis=1)[17:].mean() / unit)


def test_a_face_is_followed_over_frames_as_a_detector_finds_it_anew(frames, first):
    mesh, last = Mesh(), first
    for frame in frames[1:]:
        last = mesh.follow(frame, last)
    (anew,) = MediapipeDetector(crop_px=256).detect(frames[-1])
    assert apart(last, anew) < 0.06 and last.score == first.score


def test_a_frame_that_is_shifted_moves_points_and_box_alike(frames, first):
    still = Mesh().follow(frames[0], first)
    shifted = Mesh().follow(np.roll(frames[0], (6, 9), axis=(0, 1)), first.moved(1.0, np.array([9.0, 6.0])))
    np.testing.assert_allclose(shifted.landmarks - still.landmarks, np.broadcast_to([9, 6], (68, 2)), atol=0.05)
    np.testing.assert_allclose(shifted.box - still.box, [9, 6, 9, 6], atol=0.05)


def test_the_box_keeps_its_shape_and_follows_the_size_of_the_face(frames, first):
    found = Mesh().follow(frames[0], first)
    (width, height), (before, above) = found.box[2:] - found.box[:2], first.box[2:] - first.box[:2]
    assert width / height == pytest.approx(before / above)
    grown = np.ptp(found.landmarks, axis=0).max() / np.ptp(first.landmarks, axis=0).max()
    assert width / before == pytest.approx(grown)


def test_a_place_that_is_a_little_off_is_corrected(frames, first):
    unit = np.linalg.norm(first.landmarks[36] - first.landmarks[45])
    off = first.moved(1.0, np.array([0.25 * unit, -0.2 * unit]))
    assert apart(Mesh().follow(frames[0], off), first) < 0.1 < apart(off, first)


@pytest.mark.parametrize("level", [0, 127, 255])
def test_where_no_face_is_there_is_none(first, level):
    assert Mesh().follow(np.full((144, 176, 3), level, np.uint8), first) is None


def test_a_face_that_comes_back_is_found_after_it_was_gone(frames, first):
    mesh = Mesh()
    assert mesh.follow(np.zeros_like(frames[0]), first) is None
    assert apart(mesh.follow(frames[0], first), first) < 0.06


def test_a_face_beside_the_frame_is_none(frames, first):
    away = Face(first.landmarks + 1000, first.box + 1000, first.score)
    assert Mesh().follow(frames[0], away) is None
