"""The tracker: the detector rests while following is sure, and what it does not find is not there."""

import numpy as np

from stitch_exp.faces.face import Face
from stitch_exp.faces.tracker import Tracker

TEXTURE = np.random.default_rng(0).integers(30, 220, (60, 60, 3)).astype(np.uint8)


def face_at(x: float, y: float = 40.0, score: float = 0.9) -> Face:
    """Landmarks of an upright face whose box is 60 px wide."""
    points = np.tile([30.0, 30.0], (68, 1))
    points[36:42], points[42:48] = (20.0, 22.0), (40.0, 22.0)
    points[48], points[54] = (22.0, 46.0), (38.0, 46.0)
    points[0], points[8], points[16] = (2.0, 20.0), (30.0, 58.0), (58.0, 20.0)
    return Face(points + np.array([x, y]), np.array([x, y, x + 60, y + 60], float), score)


def frame_with(x: int, hidden: bool = False) -> np.ndarray:
    frame = np.full((160, 320, 3), 90, np.uint8)
    frame[40:100, x : x + 60] = TEXTURE[::-1] if hidden else TEXTURE
    return frame


class Detector:
    def __init__(self) -> None:
        self.faces: list[Face] = []

    def detect(self, frame: np.ndarray) -> list[Face]:
        return self.faces


class Mesh:
    """Always sees a face where it is told, as FaceMesh does behind a hand."""

    def __init__(self) -> None:
        self.face: Face | None = None

    def follow(self, frame: np.ndarray, last: Face) -> Face | None:
        return self.face


def tracker(detector: Detector, mesh: Mesh, **options: object) -> Tracker:
    return Tracker(detector, mesh, min_score=0.5, min_face_px=30.0, **options)


def test_a_sure_face_is_followed_without_searches() -> None:
    detector, mesh = Detector(), Mesh()
    follow = tracker(detector, mesh, confirm_every=5)
    detector.faces = [face_at(50)]
    assert follow.find(frame_with(50)) is detector.faces[0]
    for step in range(1, 6):
        mesh.face = face_at(50 + 2 * step)
        assert follow.find(frame_with(50 + 2 * step)) is mesh.face
    assert follow.searches == 1
    detector.faces = [face_at(62)]
    assert follow.find(frame_with(62)) is detector.faces[0]  # confirmed after five frames
    assert follow.searches == 2


def test_a_hidden_face_is_lost_at_once_though_the_mesh_still_sees_it() -> None:
    detector, mesh = Detector(), Mesh()
    follow = tracker(detector, mesh)
    detector.faces, mesh.face = [face_at(50)], face_at(50)
    follow.find(frame_with(50))
    detector.faces = []
    assert follow.find(frame_with(50, hidden=True)) is None
    assert follow.find(frame_with(50, hidden=True)) is None
    detector.faces = [face_at(52)]
    assert follow.find(frame_with(52)) is detector.faces[0]


def test_the_recogniser_rests_until_somebody_is_back() -> None:
    detector, mesh, recogniser = Detector(), Mesh(), Counting()
    follow = tracker(detector, mesh, confirm_every=1, max_gap_frames=1, recogniser=recogniser)
    detector.faces = [face_at(50)]
    mesh.face = detector.faces[0]
    for _ in range(6):
        follow.find(frame_with(50))
    assert follow.searches > 1 and recogniser.asked == 0
    detector.faces = []
    for _ in range(3):
        follow.find(frame_with(50, hidden=True))
    detector.faces = [face_at(60)]
    assert follow.find(frame_with(60)) is detector.faces[0] and recogniser.asked > 1


def test_the_likeness_falls_when_something_passes_over_the_face() -> None:
    detector, mesh = Detector(), Mesh()
    follow = tracker(detector, mesh)
    detector.faces = mesh_faces = [face_at(50)]
    mesh.face = mesh_faces[0]
    found = []
    for hidden in (False, False, True, True):
        assert follow.find(frame_with(50, hidden)) is not None
        found.append(follow.likeness)
    assert found[0] == 1.0 and found[1] > 0.99 and found[2] < 0.7 and found[3] > 0.99


class Recogniser:
    """Knows people by where they stand: left or right."""

    name, weight_hash, crop = "fake", "0", "place"

    def embed(self, frame: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        return np.array([1.0, 0.0] if landmarks[:, 0].mean() < 160 else [0.0, 1.0], np.float32)


class Counting(Recogniser):
    """Counts how often it is asked."""

    asked = 0

    def embed(self, frame: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        self.asked += 1
        return super().embed(frame, landmarks)


def test_after_a_gap_nobody_else_is_taken() -> None:
    detector, mesh = Detector(), Mesh()
    follow = tracker(detector, mesh, max_gap_frames=2, recogniser=Recogniser())
    detector.faces = [face_at(50)]
    follow.find(frame_with(50))
    detector.faces = [face_at(240)]
    assert all(follow.find(frame_with(240)) is None for _ in range(5))
    detector.faces = [face_at(240), face_at(20)]
    assert follow.find(frame_with(20)) is detector.faces[1]


def test_small_and_doubtful_faces_are_no_faces() -> None:
    detector = Detector()
    detector.faces = [face_at(50, score=0.4)]
    assert tracker(detector, Mesh()).find(frame_with(50)) is None
    detector.faces = [face_at(50)]
    assert Tracker(detector, Mesh(), min_score=0.5, min_face_px=80.0).find(frame_with(50)) is None
