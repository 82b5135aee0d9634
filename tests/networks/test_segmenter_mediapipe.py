import cv2
import numpy as np
import pytest

from stitch_exp.errors import SettingsError
from stitch_exp.networks.segmenter_mediapipe import MediapipeSegmenter
from tests.made_landmarks import frame, landmarks


@pytest.fixture
def everybody(monkeypatch: pytest.MonkeyPatch) -> MediapipeSegmenter:
    """A segmenter that takes every pixel for a person."""
    monkeypatch.setattr(MediapipeSegmenter, "_person", lambda self, crop: np.ones(crop.shape[:2], np.float32))
    return MediapipeSegmenter(threshold=0.5, chin_margin=0.0)


def outline(segmenter: MediapipeSegmenter, side: int, points: np.ndarray) -> np.ndarray:
    """Of one black crop."""
    return segmenter(np.zeros((1, side, side, 3), np.uint8), points[None]).outline[0]


def test_the_cut_runs_under_the_jaw(everybody: MediapipeSegmenter) -> None:
    points = landmarks((64, 50), 30)
    mask = outline(everybody, 128, points)
    chin = round(points[8, 1])
    assert set(np.unique(mask)) == {0.0, 1.0} and mask.dtype == np.float32
    assert mask[chin - 3, 64] == 1 and not mask[chin + 2 :].any()
    assert mask[chin - 3, 2] == 1, "hair beside the face stays"
    assert mask[: chin - 25].all()


def test_a_tilted_face_is_cut_along_its_tilt(everybody: MediapipeSegmenter) -> None:
    points = landmarks((64, 54), 25, angle=np.pi / 2)
    mask = outline(everybody, 128, points)
    chin_x = round(points[8, 0])
    assert not mask[:, : chin_x - 1].any() and mask[54, chin_x + 5] == 1


def test_what_does_not_touch_the_face_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    person = np.zeros((128, 128), np.float32)
    person[20:90, 40:90] = 0.9
    person[5:15, 100:120] = 0.9
    monkeypatch.setattr(MediapipeSegmenter, "_person", lambda self, crop: person)
    points = landmarks((64, 50), 20)
    mask = MediapipeSegmenter(threshold=0.5, chin_margin=0.1)(
        np.zeros((1, 128, 128, 3), np.uint8), points[None]
    ).outline[0]
    assert mask[50, 64] == 1 and not mask[:16, 95:].any()


@pytest.mark.parametrize("angle", [0.0, 0.6])
def test_raised_shoulders_are_dropped_and_hanging_hair_is_kept(angle: float, monkeypatch: pytest.MonkeyPatch) -> None:
    points = landmarks((96, 80), 30, angle=angle)
    chin, brow = round(float(landmarks((96, 80), 30)[8, 1])), 60
    person = np.zeros((192, 192), np.float32)
    person[30 : chin + 20, 70:122] = 1  # head and neck
    person[brow : chin + 20, 122:136] = 1  # hair from the brow down
    person[chin - 16 : chin + 20, :70] = 1  # a shoulder up to the mouth
    turn = cv2.getRotationMatrix2D((96, 80), -np.degrees(angle), 1)
    turned = cv2.warpAffine(person, turn, (192, 192), flags=cv2.INTER_NEAREST)
    monkeypatch.setattr(MediapipeSegmenter, "_person", lambda self, crop: turned)
    mask = MediapipeSegmenter(threshold=0.5, chin_margin=0.1)(
        np.zeros((1, 192, 192, 3), np.uint8), points[None]
    ).outline[0]
    shoulder, hair, face = (turn @ (x, y, 1) for x, y in ((30, chin - 6), (129, chin - 6), (96, 80)))
    at = {name: mask[round(y), round(x)] for name, (x, y) in {"s": shoulder, "h": hair, "f": face}.items()}
    assert at == {"s": 0, "h": 1, "f": 1}


def test_mediapipe_itself_runs_quietly_and_repeatably(capfd: pytest.CaptureFixture) -> None:
    crops, points = np.stack([frame(96, 96, seed) for seed in (0, 1)]), np.stack([landmarks((48, 40), 20)] * 2)
    segmenter = MediapipeSegmenter(threshold=0.5, chin_margin=0.03)
    first = segmenter(crops, points).outline
    assert first.shape == (2, 96, 96)
    np.testing.assert_array_equal(first, segmenter(crops, points).outline)
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""


@pytest.mark.parametrize("value", [0.0, 1.0, -0.5, 7.0])
def test_a_threshold_is_a_probability(value: float) -> None:
    with pytest.raises(SettingsError, match=f"threshold is {value}; use more than 0 and less than 1"):
        MediapipeSegmenter(threshold=value, chin_margin=0.03)


def test_one_pixel_of_background_in_the_middle_of_the_nose_leaves_the_face(monkeypatch: pytest.MonkeyPatch) -> None:
    points = landmarks((64, 50), 20)
    person = np.ones((128, 128), np.float32)
    x, y = np.rint(points[30]).astype(int)
    person[y, x] = 0
    monkeypatch.setattr(MediapipeSegmenter, "_person", lambda self, crop: person)
    mask = MediapipeSegmenter(threshold=0.5, chin_margin=0.0)(
        np.zeros((1, 128, 128, 3), np.uint8), points[None]
    ).outline[0]
    assert mask[y - 5, x] == 1 and mask.mean() > 0.3


def test_nobody_is_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MediapipeSegmenter, "_person", lambda self, crop: np.zeros(crop.shape[:2], np.float32))
    points = np.stack([landmarks((64, 50), 20), landmarks((-200, 900), 20)])
    masks = MediapipeSegmenter(threshold=0.5, chin_margin=0.0)(np.zeros((2, 128, 128, 3), np.uint8), points).outline
    assert masks.shape == (2, 128, 128) and not masks.any()


def test_the_margin_lowers_the_cut_by_its_share_of_eyes_to_chin(everybody: MediapipeSegmenter) -> None:
    points = landmarks((64, 40), 30)
    lower = MediapipeSegmenter(threshold=0.5, chin_margin=0.25)
    crop = np.zeros((1, 128, 128, 3), np.uint8)
    ends = [int(np.flatnonzero(each(crop, points[None]).outline[0][:, 64]).max()) for each in (everybody, lower)]
    eyes = float(np.mean([points[36:42, 1].mean(), points[42:48, 1].mean()]))
    assert ends[1] - ends[0] == pytest.approx(0.25 * (points[8, 1] - eyes), abs=1.5)
