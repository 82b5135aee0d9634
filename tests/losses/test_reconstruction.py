"""The loss of pivotal tuning, on pictures whose errors are known."""

import math

import pytest
import torch

from stitch_exp.errors import SettingsError
from stitch_exp.losses.reconstruction import Reconstruction, Target


class Brightness:
    """A perceptual network that sees the mean only."""

    def features(self, images: torch.Tensor) -> list[torch.Tensor]:
        self.side = images.shape[-1]
        return [images.mean(dim=(2, 3))]

    def compare(self, features_a: list[torch.Tensor], features_b: list[torch.Tensor]) -> torch.Tensor:
        return (features_a[0] - features_b[0]).square().sum(dim=1)


def test_reconstruction_weighs_its_terms() -> None:
    network, images = Brightness(), torch.zeros(2, 3, 8, 8)
    loss = Reconstruction(l2_weight=10.0, perceptual_weight=2.0, perceptual_px=4)
    wanted = torch.full((2, 3, 8, 8), 0.5)
    terms = loss(images, Target(wanted, loss.features(wanted, network)), network)
    assert torch.allclose(terms["loss"], torch.tensor([10 * 0.25 + 2 * 0.75] * 2))
    assert network.side == 4


def test_without_weight_the_perceptual_network_is_not_asked() -> None:
    loss = Reconstruction(l2_weight=1.0, perceptual_weight=0.0, perceptual_px=None)
    images = torch.zeros(1, 3, 8, 8)
    assert float(loss(images, Target(images + 1, []), Brightness())["loss"]) == 1


def test_a_known_error_of_pixels() -> None:
    images = torch.tensor([0.5, -0.5, 0.0]).view(1, 3, 1, 1).expand(2, 3, 4, 4).clone()
    images[1] *= 2
    loss = Reconstruction(l2_weight=6.0, perceptual_weight=0.0, perceptual_px=None)
    terms = loss(images, Target(torch.zeros_like(images), []), Brightness())
    assert terms["l2"].tolist() == pytest.approx([0.5 / 3, 2 / 3])
    assert terms["loss"].tolist() == pytest.approx([1.0, 4.0]) and terms["perceptual"].tolist() == [0, 0]


def test_a_picture_is_at_no_distance_from_itself() -> None:
    loss, images = Reconstruction(1.0, 1.0, None), torch.rand(2, 3, 8, 8)
    terms = loss(images, Target(images, loss.features(images, Brightness())), Brightness())
    assert all(value.tolist() == [0, 0] for value in terms.values())


@pytest.mark.parametrize(("px", "side"), [(None, 8), (4, 4), (8, 8), (64, 8), (3, 3)])
def test_pictures_are_averaged_down_and_never_enlarged(px: int | None, side: int) -> None:
    network = Brightness()
    Reconstruction(1.0, 1.0, px).features(torch.zeros(1, 3, 8, 8), network)
    assert network.side == side


def test_its_gradient_is_that_of_the_mean() -> None:
    images = torch.zeros(1, 3, 2, 2, requires_grad=True)
    loss = Reconstruction(l2_weight=3.0, perceptual_weight=0.0, perceptual_px=None)
    loss(images, Target(torch.ones(1, 3, 2, 2), []), Brightness())["loss"].sum().backward()
    assert images.grad.unique().tolist() == [-3.0 * 2 / 12]


@pytest.mark.parametrize(
    ("name", "value"),
    [("l2_weight", -1.0), ("perceptual_weight", math.nan), ("perceptual_px", 0), ("l2_weight", math.inf)],
)
def test_impossible_weights_are_refused(name: str, value: float) -> None:
    settings = {"l2_weight": 1.0, "perceptual_weight": 1.0, "perceptual_px": None} | {name: value}
    with pytest.raises(SettingsError, match=rf"{name} is {value}; use at least [01]"):
        Reconstruction(**settings)
