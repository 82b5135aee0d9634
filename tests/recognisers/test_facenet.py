"""FaceNet on upright squares, without its classifier."""

from pathlib import Path

import numpy as np
import pytest
import torch

from stitch_exp.errors import SettingsError, WeightsError
from stitch_exp.recognisers import facenet
from stitch_exp.recognisers.facenet import FacenetIdentity, normalised
from tests.made_landmarks import frame, landmarks


class Small(torch.nn.Module):
    """Stands for the large network: the mean colour of its input, and a bias."""

    def __init__(self) -> None:
        super().__init__()
        self.bias = torch.nn.Parameter(torch.zeros(3))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        assert images.shape[1:] == (3, facenet.CHIP_PX, facenet.CHIP_PX)
        return images.mean(dim=(2, 3)) + self.bias


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("facenet_pytorch.models.inception_resnet_v1.InceptionResnetV1", Small)
    torch.save({"bias": torch.tensor([0.0, 0.5, 0.0]), "logits.weight": torch.zeros(2)}, tmp_path / "f.pt")
    return tmp_path / "f.pt"


def test_levels_are_brought_around_zero() -> None:
    chip = np.zeros((2, 2, 3), np.uint8)
    chip[0, 0] = (255, 128, 0)
    found = normalised(chip)
    assert found.shape == (1, 3, 2, 2)
    assert found[0, :, 0, 0].tolist() == [127.5 / 128, 0.5 / 128, -127.5 / 128]


def test_the_classifier_is_left_out_and_the_vector_has_unit_length(weights: Path) -> None:
    made = FacenetIdentity(weights=weights, margin=0.2)
    flat = np.full((200, 200, 3), (200, 100, 100), np.uint8)
    vector = made.embed(flat, landmarks((100, 90), 30))
    expected = (np.array([200, 100, 100]) - 127.5) / 128 + np.array([0, 0.5, 0])
    np.testing.assert_allclose(vector, expected / np.linalg.norm(expected), atol=1e-5)


def test_outside_of_the_frame_is_black(weights: Path) -> None:
    made = FacenetIdentity(weights=weights, margin=0.0)
    white = np.full((100, 100, 3), 255, np.uint8)
    inside, outside = made.embed(white, landmarks((50, 45), 10)), made.embed(white, landmarks((900, 900), 10))
    assert inside[0] > 0 > outside[0]


def test_the_crop_names_its_margin(weights: Path) -> None:
    made = FacenetIdentity(weights=weights, margin=0.15)
    assert "margin 0.15, 160 px" in made.crop and len(made.weight_hash) == 64


def test_another_file_is_refused(tmp_path: Path, weights: Path) -> None:
    torch.save({"mixed": torch.zeros(1)}, tmp_path / "g.pt")
    with pytest.raises(WeightsError, match=r"does not fit .*1 missing \(bias\); 1 unknown \(mixed\)"):
        FacenetIdentity(weights=tmp_path / "g.pt", margin=0.2)
    with pytest.raises(SettingsError, match="margin is -1"):
        FacenetIdentity(weights=weights, margin=-1.0)


def test_a_face_follows_its_frame(weights: Path) -> None:
    made = FacenetIdentity(weights=weights, margin=0.2)
    image, points = frame(240, 240), landmarks((100, 90), 30)
    moved = np.roll(image, (12, 20), axis=(0, 1))
    assert made.embed(image, points) @ made.embed(moved, points + np.array([20, 12])) == pytest.approx(1, abs=1e-5)
