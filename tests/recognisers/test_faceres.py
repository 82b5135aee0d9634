"""FaceRes: the shipped network says what TensorFlow.js says of the same graph, and follows a face."""

from pathlib import Path

import numpy as np
import pytest
import torch

from stitch_exp.errors import SettingsError, WeightsError
from stitch_exp.networks.roles import Identity
from stitch_exp.recognisers.faceres import FaceResIdentity, _for_halving, load_faceres
from stitch_exp.recognisers.mobileface import MobileFaceIdentity
from tests.made_landmarks import frame, landmarks
from tests.made_waves import waves

ASSETS = Path(__file__).parents[2] / "stitch_exp" / "assets" / "recognisers"


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


@torch.no_grad()
def test_zeros_for_halving_are_put_right_and_below() -> None:
    x = torch.ones(1, 2, 3, 3)
    padded = _for_halving(x)
    assert padded.shape == (1, 2, 4, 4) and padded[..., :3, :3].eq(1).all() and padded.sum() == 18


def test_age_is_the_mean_of_its_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    made = FaceResIdentity(weights=ASSETS / "faceres.safetensors", margin=0.2)
    ages = torch.zeros(1, 100)
    ages[0, 20], ages[0, 41] = 0.25, 0.75
    monkeypatch.setattr(type(made.network), "judge", lambda self, embeddings: (ages, torch.tensor([0.125])))
    assert made.judge(frame(240, 240), landmarks((120, 110), 50)) == {"age": 20 * 0.25 + 41 * 0.75, "gender": 0.125}


@torch.no_grad()
def test_probabilities_of_ages_sum_to_one() -> None:
    ages, male = load_faceres(ASSETS / "faceres.safetensors").judge(10 * torch.randn(3, 1024))
    torch.testing.assert_close(ages.sum(dim=1), torch.ones(3))
    assert ages.shape == (3, 100) and ((male >= 0) & (male <= 1)).all()


def test_a_margin_below_zero_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"margin is -0\.1; use at least 0"):
        FaceResIdentity(weights=ASSETS / "faceres.safetensors", margin=-0.1)


def test_the_crop_is_said_in_words() -> None:
    made = FaceResIdentity(weights=ASSETS / "faceres.safetensors", margin=0.25)
    assert made.crop == "upright box of the landmarks with margin 0.25, 224 px" and len(made.weight_hash) == 64
