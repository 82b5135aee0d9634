"""MobileFace: the shipped network says what TensorFlow.js says, and its layers are what they are called."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from stitch_exp.errors import WeightsError
from stitch_exp.recognisers.mobileface import MobileFaceIdentity, _Stage, load_mobileface
from tests.made_landmarks import frame, landmarks
from tests.made_waves import waves

ASSETS = Path(__file__).parents[2] / "stitch_exp" / "assets" / "recognisers"


def test_mobileface_is_the_published_network(expected: dict[str, np.ndarray]) -> None:
    actual = load_mobileface(ASSETS / "mobileface.safetensors")(waves(112))[0].detach().numpy()
    np.testing.assert_allclose(actual, expected["mobileface"], atol=1e-4)


@torch.no_grad()
def test_a_stage_is_separable_convolutions_around_a_shortcut() -> None:
    torch.manual_seed(0)
    stage, x = _Stage(3, 4), torch.randn(2, 3, 8, 8)
    for slope in stage.slopes:
        slope.uniform_(0.1, 0.5)

    def prelu(y: torch.Tensor, slope: torch.Tensor) -> torch.Tensor:
        return torch.where(y > 0, y, slope[:, None, None] * y)

    first, second, third = stage.convs
    y = prelu(F.conv2d(stage.pointwise(x), first.weight, stride=2, padding=1, groups=4), stage.slopes[0])
    z = prelu(F.conv2d(y, second.weight, padding=1, groups=4), stage.slopes[1])
    z = prelu(F.conv2d(z, third.weight, padding=1, groups=4), stage.slopes[2])
    torch.testing.assert_close(stage(x), y + z)


@torch.no_grad()
def test_grey_chips_of_the_middle_level_reach_only_the_shift() -> None:
    network = load_mobileface(ASSETS / "mobileface.safetensors")
    middle = network(torch.full((1, 3, 112, 112), 127.5))
    torch.testing.assert_close(middle[0], network.shift)


@torch.no_grad()
def test_a_batch_is_its_single_faces() -> None:
    network = load_mobileface(ASSETS / "mobileface.safetensors")
    chips = torch.cat([waves(112), 255 - waves(112)])
    torch.testing.assert_close(network(chips)[1:], network(chips[1:]), atol=1e-4, rtol=1e-4)


def test_another_network_is_named() -> None:
    with pytest.raises(WeightsError, match="holds no MobileFace network; it holds"):
        load_mobileface(ASSETS / "faceres.safetensors")


def test_missing_weights_are_said(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"gone\.safetensors' \(identity\.weights\) is missing"):
        MobileFaceIdentity(weights=tmp_path / "gone.safetensors")


def test_a_larger_picture_of_a_face_is_the_same_person_and_another_is_less() -> None:
    made = MobileFaceIdentity(weights=ASSETS / "mobileface.safetensors")
    image, points = frame(240, 240, 1), landmarks((120, 100), 50)
    here = made.embed(image, points)
    twice = made.embed(np.kron(image, np.ones((2, 2, 1), np.uint8)), points * 2 + 0.5)
    other = made.embed(frame(240, 240, 2), points)
    assert here @ twice > 0.99 and here @ other < here @ twice - 0.02
