"""Training losses on pictures of a few pixels."""

import math

import pytest
import torch

from stitch_exp.training import objectives
from stitch_exp.training.objectives import (
    adversarial_loss,
    discriminator_loss,
    feature_matching,
    gradient_penalty,
    pyramid_loss,
)


def test_a_constant_difference_is_the_same_at_every_scale() -> None:
    images = torch.zeros(1, 3, 8, 8)
    assert pyramid_loss(images, images + 0.25, smallest=2, gradient_weight=9.0).item() == pytest.approx(0.25)


def test_stripes_are_seen_by_the_differences_and_gone_at_half_the_side() -> None:
    stripes = torch.tensor([0.0, 1.0]).repeat(2).expand(1, 3, 4, 4)
    fine = pyramid_loss(stripes, torch.zeros(1, 3, 4, 4), smallest=4, gradient_weight=2.0)
    both = pyramid_loss(stripes, torch.full((1, 3, 4, 4), 0.5), smallest=2, gradient_weight=2.0)
    assert fine.item() == pytest.approx(0.5 + 2.0 * 1.0)
    assert both.item() == pytest.approx((0.5 + 2.0 * 1.0 + 0.0) / 2)


def test_undecided_critics_cost_a_logarithm_of_two_a_verdict() -> None:
    verdicts = [torch.zeros(2, 1), torch.zeros(2, 1, 3, 3)]
    assert discriminator_loss(verdicts, verdicts).item() == pytest.approx(4 * math.log(2))
    assert adversarial_loss(verdicts).item() == pytest.approx(2 * math.log(2))
    assert discriminator_loss([torch.full((1, 1), 50.0)], [torch.full((1, 1), -50.0)]).item() == pytest.approx(0)


def test_the_penalty_is_half_the_squared_gradient() -> None:
    images = torch.zeros(2, 4, requires_grad=True)
    assert gradient_penalty([3 * images.sum(dim=1, keepdim=True)], images).item() == pytest.approx(0.5 * 4 * 3**2)


def test_features_count_by_their_own_size_and_pull_one_side_only() -> None:
    fake, real = torch.full((1, 2), 6.0, requires_grad=True), torch.full((1, 2), 4.0, requires_grad=True)
    loss = feature_matching([fake, real.detach()], [real, real])
    loss.backward()
    assert loss.item() == pytest.approx((2 / 4 + 0) / 2) and real.grad is None
    assert fake.grad is not None and fake.grad.tolist() == [[0.0625, 0.0625]]


def test_losses_vanish_for_equal_images_and_grow_with_blur() -> None:
    images = torch.rand(2, 3, 32, 32)
    options = {"smallest": 8, "gradient_weight": 1.0}
    assert objectives.pyramid_loss(images, images, **options) == 0
    blurred = torch.nn.functional.avg_pool2d(images, 3, 1, 1)
    assert objectives.pyramid_loss(blurred, images, **options) > 0
