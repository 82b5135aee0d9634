"""The aligner as a whole, with made-up and with real detectors."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from made_faces import NumberedFrames, Scripted, clip, face

from stitch_exp.aligner import Aligner
from stitch_exp.errors import ConfigError, FaceError
from stitch_exp.faces import DlibDetector, MediapipeDetector
from stitch_exp.ops.quad import corners, squares_from_landmarks
from stitch_exp.ops.warp import apply
from stitch_exp.types import Workspace
from stitch_exp.video import SampleVideo

SETTINGS = {
    "resolution": 32,
    "follow": "largest",
    "min_score": 0.5,
    "min_face_px": 10.0,
    "min_person_frames": 4,
    "max_gap_frames": 2,
    "fade_frames": 0,
    "recogniser": None,
    "sigma_center_frames": 1.0,
    "sigma_axes_frames": 3.0,
    "scale": 1.0,
    "padding": "black",
    "resample": "reference",
}


def aligned(script, work=None, **settings):
    return Aligner(detector=Scripted(script), **(SETTINGS | settings))(clip(len(script)), work or Workspace())


def test_shapes_status_and_geometry():
    result = aligned([[], [face(80, 50)], [], [face(82, 50)], [], [], [], [face(80, 50)]])
    assert "".join(state[0] for state in result.status) == "mdidmmmd"
    assert result.frame_index.tolist() == [1, 2, 3, 7]
    assert result.crops.shape == (4, 32, 32, 3)
    np.testing.assert_allclose(result.landmarks[1], face(81, 50).landmarks)
    corner_points = np.array([[0, 0], [0, 32], [32, 32], [32, 0]], dtype=np.float64)
    for quad, matrix in zip(result.quads, result.frame_from_crop, strict=True):
        np.testing.assert_allclose(apply(matrix, corner_points), quad + 0.5, atol=1e-9)


def test_a_face_smaller_than_its_crops_is_pointed_out(caplog):
    script = [[face(80, 50, 14)]] * 2
    side = np.linalg.norm(np.subtract(*aligned(script).quads[0, :2]))
    assert not caplog.records
    aligned(script, resolution=512)
    assert f"only {side:.0f} px wide" in caplog.text
    assert f"model.resolution={2 ** int(np.ceil(np.log2(side)))}" in caplog.text


def test_crop_shows_what_the_quad_frames():
    script = [[face(80, 55, 14)]] * 4
    result = aligned(script)
    middle = apply(result.frame_from_crop[0], np.array([[16.5, 16.5]]))[0] - 0.5
    # the picture's red is x, its green y
    np.testing.assert_allclose(result.crops[0, 16, 16, :2], middle, atol=1.5)


def test_a_still_face_gets_a_still_crop():
    result = aligned([[face(80, 50)]] * 9)
    np.testing.assert_allclose(
        result.quads, corners(squares_from_landmarks(face(80, 50).landmarks[None], 1.0))[[0] * 9]
    )
    assert (result.crops == result.crops[0]).all()


def test_smoothing_steadies_a_trembling_face():
    script = [[face(80 + (-1) ** i, 50)] for i in range(20)]
    steady, raw = aligned(script), aligned(script, sigma_center_frames=0.0, sigma_axes_frames=0.0)
    assert np.abs(np.diff(steady.quads[5:15], axis=0)).max() < 0.1 * np.abs(np.diff(raw.quads, axis=0)).max()


def test_smoothing_does_not_reach_across_a_long_gap():
    script = [*[[face(60, 50, 14)]] * 4, *[[]] * 5, *[[face(100, 50, 14)]] * 4]
    result = aligned(script)
    np.testing.assert_allclose(result.quads[:4].mean(1)[:, 0], result.quads[0].mean(0)[0])
    np.testing.assert_allclose(result.quads[4] - result.quads[0], [[40.0, 0.0]] * 4, atol=1e-9)


def test_crops_go_where_the_workspace_says():
    room = {}

    def allocate(name, shape):
        room[name] = np.zeros(shape, np.uint8)
        return room[name]

    result = aligned([[face(80, 50)]], Workspace(allocate=allocate))
    assert result.crops is room["crops"]


def everybody(script, **settings):
    aligner = Aligner(detector=Scripted(script), **(SETTINGS | {"follow": "all"} | settings))
    people = aligner.everyone(clip(len(script)), Workspace())
    return people, [aligner.person(clip(len(script)), people, n, Workspace()) for n in range(len(people.landmarks))]


def test_everybody_is_aligned_as_if_alone():
    script = [[face(110 + t, 50, 12), face(40, 50, 14)] if t != 4 else [face(40, 50, 14)] for t in range(8)]
    people, found = everybody(script)
    points = [[0.25, 0.4], [0.7, 0.4]]
    assert np.isnan(people.landmarks[:, :, 0, 0]).sum(axis=1).tolist() == [0, 1] and people.left == {}
    for one, point in zip(found, points, strict=True):
        alone = aligned(script, follow=point)
        np.testing.assert_array_equal(one.crops, alone.crops)
        np.testing.assert_array_equal(one.quads, alone.quads)
        assert one.status == alone.status and one.treatments == alone.treatments
    assert found[1].status[4] == "interpolated"


def test_who_is_seen_seldom_or_small_is_left_as_filmed(caplog):
    caplog.set_level("INFO")
    both, tiny = [face(40, 50, 14), face(110, 50, 12)], face(130, 20, 3)
    people, found = everybody([both] * 3 + [[both[0], tiny]] * 6)
    assert len(found) == 1 and people.left == {"seen in fewer than 4 frames": 1, "smaller than 10 px": 1}
    assert "left as filmed: 1 seen in fewer than 4 frames, 1 smaller than 10 px" in caplog.text
    assert len(everybody([both] * 3)[1]) == 2  # the clip has no more frames than that


def test_nobody_to_follow_is_said():
    with pytest.raises(FaceError, match=r"no face in any of the 2 frames"):
        everybody([[]] * 2)
    with pytest.raises(FaceError, match=r"nobody is seen in 4 frames .*min_person_frames"):
        everybody([[face(80, 50)]] * 2 + [[]] * 8)
    with pytest.raises(ConfigError, match=r"follow=all is for whole runs"):
        aligned([[face(80, 50)]], follow="all")


@pytest.mark.parametrize(
    ("script", "settings", "message"),
    [
        ([[]], {}, r"no face in any of the 1 frames of 'made.mp4': the detector finds nothing"),
        ([[face(80, 50, score=0.12)]] * 2, {}, r"best score 0.12 < 0.50\); lower aligner.min_score"),
        ([[face(80, 50, 6)]], {"min_face_px": 99.0}, r"largest 13 px < 99\); lower aligner.min_face_px"),
    ],
)
def test_no_usable_face(script, settings, message):
    with pytest.raises(FaceError, match=message):
        aligned(script, **settings)


@pytest.fixture(scope="module")
def sample():
    return SampleVideo(start=0, frames=6)()


@pytest.fixture(scope="module")
def found(sample):
    detectors = {
        "mediapipe": MediapipeDetector(crop_px=256),
        "dlib": DlibDetector(num_upsamples=1, landmark_face_px=256),
    }
    return {name: [detector.detect(frame) for frame in sample.frames] for name, detector in detectors.items()}


def test_detectors_agree_on_the_sample(found):
    for ours, theirs in zip(found["mediapipe"], found["dlib"], strict=True):
        assert len(ours) == len(theirs) == 1
        eye_distance = np.linalg.norm(ours[0].landmarks[36] - ours[0].landmarks[45])
        distance = np.linalg.norm(ours[0].landmarks - theirs[0].landmarks, axis=1)
        assert distance[27:].mean() < 0.08 * eye_distance


@pytest.mark.parametrize("name", ["mediapipe", "dlib"])
def test_detector_geometry(found, name):
    for faces in found[name]:
        points = faces[0].landmarks
        assert points[36, 0] < points[39, 0] < points[42, 0] < points[45, 0]
        assert points[8, 1] > points[57, 1] > points[51, 1] > points[33, 1] > points[27, 1] > points[19, 1]
        left, top, right, bottom = faces[0].box
        assert left < points[30, 0] < right
        assert top < points[30, 1] < bottom


def test_mediapipe_does_not_remember(sample, found):
    detector = MediapipeDetector(crop_px=256)
    backwards = [detector.detect(sample.frames[i])[0] for i in (5, 0, 3)]
    for i, ours in zip((5, 0, 3), backwards, strict=True):
        np.testing.assert_allclose(ours.landmarks, found["mediapipe"][i][0].landmarks, atol=1e-3)


def test_mediapipe_is_quiet(sample, capfd):
    MediapipeDetector(crop_px=256).detect(sample.frames[0])
    assert capfd.readouterr().err == ""


def test_sample_is_aligned(sample):
    settings = SETTINGS | {"resolution": 64, "min_face_px": 32.0}
    result = Aligner(detector=MediapipeDetector(crop_px=256), **settings)(sample, Workspace())
    assert result.status == ("detected",) * 6
    assert result.crops.std() > 30


class Filmed(NumberedFrames):
    """The picture with a textured face at (80, 50); in some frames something else is in its place."""

    def __init__(self, count, hidden, instead):
        super().__init__(count)
        self.hidden = hidden
        texture = np.random.default_rng(0).integers(60, 200, (10, 10, 3)).astype(np.float32)
        self.picture[20:90, 45:115] = cv2.resize(texture, (70, 70), interpolation=cv2.INTER_CUBIC).clip(0, 255)
        self.covered = self.picture.copy()
        self.covered[20:90, 45:115] = instead

    def __getitem__(self, index):
        frame = (self.covered if index % self.count in self.hidden else self.picture).copy()
        frame[0, 0] = index % self.count
        return frame


STRIPES = np.broadcast_to((100 + 60 * np.sin(np.arange(70) / 3))[:, None, None], (70, 70, 3)).astype(np.uint8)


@pytest.mark.parametrize("instead", [np.uint8(127), np.uint8(0), STRIPES], ids=["wall", "black", "hand"])
def test_a_gap_is_bridged_only_where_the_picture_shows_the_face(instead):
    script = [[face(80, 50)]] * 6 + [[], []] + [[face(80, 50)]] * 6
    filmed = replace(clip(len(script)), frames=Filmed(len(script), {7}, instead))
    result = Aligner(detector=Scripted(script), **(SETTINGS | {"fade_frames": 2}))(filmed, Workspace())
    assert "".join(state[0] for state in result.status) == "ddddddimdddddd"
    assert 7 not in result.frame_index
    assert result.treatments[7].kind == "passed"
    assert "hidden" in result.treatments[7].reason
    shown = dict(zip(result.frame_index.tolist(), result.opacity, strict=True))
    np.testing.assert_allclose([shown[i] for i in (4, 5, 6, 8, 9, 10)], [1, 2 / 3, 1 / 3, 1 / 3, 2 / 3, 1])
