"""ArcFace on chips aligned by five points."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from stitch_exp.errors import WeightsError
from stitch_exp.ops.chips import five_points, similarity
from stitch_exp.recognisers.arcface import CHIP_PX, TEMPLATE, ArcFace, ArcFaceIdentity
from stitch_exp.recognisers.facenet import FacenetIdentity
from tests.made_landmarks import frame, landmarks


@pytest.mark.parametrize(("kind", "settings"), [(ArcFaceIdentity, {}), (FacenetIdentity, {"margin": 0.2})])
def test_missing_weights_name_key_and_command(tmp_path: Path, kind: type, settings: dict) -> None:
    name = {"ArcFaceIdentity": "model_ir_se50.pth", "FacenetIdentity": "20180402-114759-vggface2.pt"}[kind.__name__]
    with pytest.raises(WeightsError, match=r"\(identity.weights\) is missing.*licence.*weights fetch"):
        kind(weights=tmp_path / name, **settings)


@pytest.fixture(scope="module")
def recogniser(tmp_path_factory: pytest.TempPathFactory) -> ArcFaceIdentity:
    """A random network out of a file; made once, for it is the largest here."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "a.pth"
    torch.save(ArcFace().state_dict(), path)
    return ArcFaceIdentity(weights=path).eval()


@pytest.fixture
def network(recogniser: ArcFaceIdentity) -> ArcFace:
    return recogniser.network


def test_arcface_embeds_a_face(recogniser: ArcFaceIdentity) -> None:
    vector = recogniser.embed(frame(240, 320), landmarks((150, 110), 50))
    assert vector.shape == (512,) and np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert len(recogniser.weight_hash) == 64


def test_embeddings_have_unit_length_whatever_the_contrast(network: ArcFace) -> None:
    chips = torch.rand(2, 3, 112, 112, generator=torch.Generator().manual_seed(0)) * 2 - 1
    vectors = network(torch.cat([chips, 0.1 * chips]))
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(4))


def test_the_template_is_a_face() -> None:
    left, right, nose, mouth_left, mouth_right = TEMPLATE
    assert left[0] < nose[0] < right[0] and mouth_left[0] < nose[0] < mouth_right[0]
    assert max(left[1], right[1]) < nose[1] < min(mouth_left[1], mouth_right[1]) < CHIP_PX
    centred = (left[0] + right[0]) / 2
    assert centred == pytest.approx(CHIP_PX / 2, abs=0.6)


def test_five_points_of_the_frame_come_to_lie_on_the_template(
    recogniser: ArcFaceIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dots painted on the five points are where the template says in the chip that is embedded."""
    points = landmarks((150, 110), 60, 0.3)
    image = np.zeros((260, 320, 3), np.uint8)
    for x, y in five_points(points):
        cv2.circle(image, (round(x), round(y)), 4, (255, 255, 255), -1)
    seen: list[torch.Tensor] = []
    monkeypatch.setattr(ArcFace, "forward", lambda self, chips: seen.append(chips) or torch.ones(1, 512))
    recogniser.embed(image, points)
    chip = (seen[0][0, 0].numpy() + 1) / 2
    fitted = similarity(five_points(points), TEMPLATE)
    for x, y in five_points(points):
        place = np.linalg.solve(fitted[:, :2], np.array([x, y]) - fitted[:, 2])
        column, row = np.rint(place).astype(int)
        assert chip[row, column] > 0.8
    assert chip.mean() < 0.05
