"""Likeness as a loss, through the recognisers of the package."""

import pytest
import torch

from stitch_exp.training.mobile.person import PersonLoss, shipped_recognisers
from stitch_exp.training.mobile.sources import shipped


@pytest.fixture(scope="module")
def loss() -> PersonLoss:
    return PersonLoss(shipped_recognisers(shipped("recognisers")))


def seeded(loss: PersonLoss, images: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    torch.manual_seed(0)
    return loss(images, targets)


def pictures(seed: int) -> torch.Tensor:
    draws = torch.Generator().manual_seed(seed)
    small = torch.rand(2, 3, 8, 8, generator=draws) * 2 - 1
    return torch.nn.functional.interpolate(small, (64, 64), mode="bicubic").clamp(-1, 1)


def test_the_same_picture_costs_nothing_and_a_step_along_the_gradient_brings_it_nearer(loss: PersonLoss) -> None:
    target = pictures(0)
    other = pictures(1).requires_grad_()
    assert seeded(loss, target, target).item() == pytest.approx(0, abs=1e-5)
    cost = seeded(loss, other, target)
    (gradient,) = torch.autograd.grad(cost, other)
    assert cost > 0.05
    assert seeded(loss, other - 0.5 * gradient / gradient.norm(), target) < cost


def test_targets_take_no_gradient_and_each_recogniser_is_measured(loss: PersonLoss) -> None:
    target = pictures(0).requires_grad_()
    seeded(loss, pictures(1).requires_grad_(), target).backward()
    assert target.grad is None
    likeness = loss.likeness(pictures(0), pictures(0))
    torch.testing.assert_close(likeness, torch.ones(2))
