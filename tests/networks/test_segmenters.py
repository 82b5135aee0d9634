from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from stitch_exp.errors import ConfigError, WeightsError
from stitch_exp.networks.bisenet import CLASSES, BiSeNet, BiSeNetSegmenter
from stitch_exp.networks.segmenter_mediapipe import MediapipeSegmenter
from tests.made_landmarks import frame, landmarks


@pytest.fixture
def everybody(monkeypatch: pytest.MonkeyPatch) -> MediapipeSegmenter:
    """A segmenter that takes every pixel for a person."""
    monkeypatch.setattr(MediapipeSegmenter, "_person", lambda self, crop: np.ones(crop.shape[:2], np.float32))
    return MediapipeSegmenter(threshold=0.5, chin_margin=0.0)


def test_the_cut_runs_under_the_jaw(everybody: MediapipeSegmenter) -> None:
    points = landmarks((64, 50), 30)
    mask = everybody(np.zeros((1, 128, 128, 3), np.uint8), points[None])[0]
    chin = round(points[8, 1])
    assert set(np.unique(mask)) == {0.0, 1.0} and mask.dtype == np.float32
    assert mask[chin - 3, 64] == 1 and not mask[chin + 2 :].any()
    assert mask[chin - 3, 2] == 1, "hair beside the face stays"
    assert mask[: chin - 25].all()


def test_a_tilted_face_is_cut_along_its_tilt(everybody: MediapipeSegmenter) -> None:
    points = landmarks((64, 54), 25, angle=np.pi / 2)
    mask = everybody(np.zeros((1, 128, 128, 3), np.uint8), points[None])[0]
    chin_x = round(points[8, 0])
    assert not mask[:, : chin_x - 1].any() and mask[54, chin_x + 5] == 1


def test_what_does_not_touch_the_face_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    person = np.zeros((128, 128), np.float32)
    person[20:90, 40:90] = 0.9
    person[5:15, 100:120] = 0.9
    monkeypatch.setattr(MediapipeSegmenter, "_person", lambda self, crop: person)
    points = landmarks((64, 50), 20)
    mask = MediapipeSegmenter(threshold=0.5, chin_margin=0.1)(np.zeros((1, 128, 128, 3), np.uint8), points[None])[0]
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
    mask = MediapipeSegmenter(threshold=0.5, chin_margin=0.1)(np.zeros((1, 192, 192, 3), np.uint8), points[None])[0]
    shoulder, hair, face = (turn @ (x, y, 1) for x, y in ((30, chin - 6), (129, chin - 6), (96, 80)))
    at = {name: mask[round(y), round(x)] for name, (x, y) in {"s": shoulder, "h": hair, "f": face}.items()}
    assert at == {"s": 0, "h": 1, "f": 1}


def test_mediapipe_itself_runs_quietly_and_repeatably(capfd: pytest.CaptureFixture) -> None:
    crops, points = np.stack([frame(96, 96, seed) for seed in (0, 1)]), np.stack([landmarks((48, 40), 20)] * 2)
    segmenter = MediapipeSegmenter(threshold=0.5, chin_margin=0.03)
    first = segmenter(crops, points)
    assert first.shape == (2, 96, 96)
    np.testing.assert_array_equal(first, segmenter(crops, points))
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""


@pytest.fixture
def parser(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    torch.save(BiSeNet().state_dict(), tmp_path / "p.pth")
    return tmp_path / "p.pth"


def test_bisenet_leaves_out_the_excluded_classes(parser: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def labels(self: BiSeNet, images: torch.Tensor) -> torch.Tensor:
        """Class 0 in the left half, hair on the right, cloth below."""
        scores = torch.zeros(len(images), len(CLASSES), *images.shape[2:])
        scores[:, 0, :, :256], scores[:, 17, :, 256:], scores[:, 16, 400:] = 1, 1, 2
        return scores

    monkeypatch.setattr(BiSeNet, "forward", labels)
    segmenter = BiSeNetSegmenter(weights=parser, excluded=["background", "cloth", "hat"], batch_size=2)
    mask = segmenter(np.zeros((3, 64, 64, 3), np.uint8), np.zeros((3, 68, 2)))
    assert mask.shape == (3, 64, 64) and mask.dtype == np.float32
    assert mask[:, :50, 32:].all() and not mask[:, :, :32].any() and not mask[:, 50:].any()


def test_bisenet_says_what_is_wrong(parser: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="trousers"):
        BiSeNetSegmenter(weights=parser, excluded=["trousers"], batch_size=1)
    with pytest.raises(WeightsError, match=r"segmenter\.weights.*fetch bisenet"):
        BiSeNetSegmenter(weights=tmp_path / "79999_iter.pth", excluded=[], batch_size=1)
    torch.save({"a": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(WeightsError, match="does not fit BiSeNet"):
        BiSeNetSegmenter(weights=tmp_path / "other.pth", excluded=[], batch_size=1)
