"""The shipped recognisers say what TensorFlow.js says of the same graphs, and follow a face."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from stitch_exp.errors import WeightsError
from stitch_exp.networks.roles import Identity
from stitch_exp.recognisers.faceres import FaceResIdentity, load_faceres
from stitch_exp.recognisers.mobileface import MobileFaceIdentity, load_mobileface
from stitch_exp.weights.reading import read_tensors
from tests.made_landmarks import frame, landmarks

ASSETS = Path(__file__).parents[2] / "stitch_exp" / "assets" / "recognisers"


@pytest.fixture(scope="module")
def expected(golden: Path) -> dict[str, np.ndarray]:
    """Computed by tfjs 4.22 on the CPU from the published files."""
    return dict(np.load(golden / "recognisers_small.npz"))


def waves(side: int) -> torch.Tensor:
    y, x = np.mgrid[:side, :side].astype(np.float64)
    planes = [np.floor(127.5 + 100 * np.sin(x * 0.05 * (k + 1)) * np.cos(y * 0.07 + k)) for k in range(3)]
    return torch.from_numpy(np.stack(planes))[None].float()


def test_mobileface_is_the_published_network(expected: dict[str, np.ndarray]) -> None:
    actual = load_mobileface(ASSETS / "mobileface.safetensors")(waves(112))[0].detach().numpy()
    np.testing.assert_allclose(actual, expected["mobileface"], atol=1e-4)


def test_faceres_is_the_published_network(expected: dict[str, np.ndarray]) -> None:
    network = load_faceres(ASSETS / "faceres.safetensors")
    embedding = network(waves(224))
    ages, male = network.judge(embedding)
    np.testing.assert_allclose(embedding[0].detach().numpy(), expected["faceres_embedding"], atol=1e-4)
    np.testing.assert_allclose(ages[0].detach().numpy(), expected["faceres_age"], atol=1e-5)
    np.testing.assert_allclose(male.detach().numpy(), expected["faceres_male"], atol=1e-5)


@pytest.mark.parametrize("name", ["faceres", "mobileface"])
def test_recognisers_give_unit_vectors_that_follow_the_face(name: str) -> None:
    weights = ASSETS / f"{name}.safetensors"
    made = FaceResIdentity(weights=weights, margin=0.2) if name == "faceres" else MobileFaceIdentity(weights=weights)
    assert isinstance(made, Identity)
    here = made.embed(frame(240, 320), landmarks((150, 110), 50))
    moved = made.embed(np.roll(frame(240, 320), (20, 10), axis=(0, 1)), landmarks((160, 130), 50))
    assert np.linalg.norm(here) == pytest.approx(1, abs=1e-5) and here @ moved == pytest.approx(1, abs=1e-3)
    if isinstance(made, FaceResIdentity):
        judged = made.judge(frame(240, 320), landmarks((150, 110), 50))
        assert 0 <= judged["age"] <= 99 and 0 <= judged["gender"] <= 1


def test_another_network_is_named() -> None:
    with pytest.raises(WeightsError, match="holds no FaceRes network; it holds 75 tensors"):
        load_faceres(ASSETS / "mobileface.safetensors")


def tfjs(folder: Path, **changes: object) -> Path:
    entry = {
        "name": "a",
        "shape": [2],
        "dtype": "float32",
        "quantization": {"dtype": "uint8", "scale": 0.5, "min": -1.0},
    }
    half = {"name": "b", "shape": [1], "dtype": "float32", "quantization": {"dtype": "float16"}}
    group = {"paths": ["x.bin"], "weights": [entry | changes, half]}
    (folder / "x.bin").write_bytes(bytes((2, 4)) + np.float16(1.5).tobytes())
    model = {"format": "graph-model", "modelTopology": {}, "weightsManifest": [group]}
    (folder / "x.json").write_text(json.dumps(model))
    return folder / "x.json"


def test_models_of_tensorflow_js_are_read(tmp_path: Path) -> None:
    tensors, _ = read_tensors(tfjs(tmp_path))
    assert tensors["a"].tolist() == [0.0, 1.0] and tensors["b"].dtype == torch.float16
    for change, told in {"shape": "reaches byte"}.items():
        with pytest.raises(WeightsError, match=told):
            read_tensors(tfjs(tmp_path, **{change: [1 << 40]}))
    (tmp_path / "x.bin").unlink()
    with pytest.raises(WeightsError, match=r"'x\.bin', which is missing beside it"):
        read_tensors(tmp_path / "x.json")
