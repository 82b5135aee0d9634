"""Losses on cases that can be checked by hand."""

import torch

from stitch_exp.losses.border import BorderLoss
from stitch_exp.losses.locality import nearby_codes
from stitch_exp.losses.masked import masked_error
from stitch_exp.losses.reconstruction import Reconstruction, Target


class Brightness:
    """A perceptual network that sees the mean only."""

    def features(self, images: torch.Tensor) -> list[torch.Tensor]:
        self.side = images.shape[-1]
        return [images.mean(dim=(2, 3))]

    def compare(self, features_a: list[torch.Tensor], features_b: list[torch.Tensor]) -> torch.Tensor:
        return (features_a[0] - features_b[0]).square().sum(dim=1)


def test_masked_error_sums_channels_and_averages_the_mask() -> None:
    a, b, mask = torch.ones(2, 3, 4, 4), torch.zeros(2, 3, 4, 4), torch.zeros(2, 4, 4)
    mask[:, :2] = 1
    assert masked_error(a, b, mask).tolist() == [3, 3]


def test_empty_masks_give_zero_and_no_nan_gradient() -> None:
    image = torch.ones(1, 3, 4, 4, requires_grad=True)
    terms = BorderLoss("l2", 0.01)(
        image, torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 4, 4), torch.zeros(1, 4, 4), torch.zeros(1, 4, 4)
    )
    terms["loss"].sum().backward()
    assert float(terms["loss"]) == 0 and torch.equal(image.grad, torch.zeros_like(image))


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


def test_nearby_codes_are_at_the_distance() -> None:
    pivots, other = torch.randn(3, 10, 8), torch.randn(3, 10, 8)
    moved = nearby_codes(pivots, other, 30.0)
    assert torch.allclose((moved - pivots).flatten(1).norm(dim=1), torch.full((3,), 30.0), rtol=1e-4)
