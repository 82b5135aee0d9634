"""The regulariser: tuned and original generator at codes near the pivots."""

import pytest
import torch
from torch import Tensor

from stitch_exp.perceptual.pyramid import Pyramid
from stitch_exp.tuning.locality import Locality
from tests.linear_generator import LinearGenerator
from tests.small_clip import CPU, codes, tiny_generator


class Seeing(LinearGenerator):
    """Keeps the codes it was shown, and adds `more` to its pictures."""

    def __init__(self, more: float = 0.0) -> None:
        super().__init__()
        self.more, self.shown = more, []

    def forward(self, ws: Tensor, noise_mode: str = "const", resolution: int | None = None) -> Tensor:
        assert noise_mode == "none"
        self.shown.append(ws)
        return super().forward(ws, resolution=8) + self.more


class Nothing:
    """Finds any two pictures alike."""

    def features(self, images: Tensor) -> list[Tensor]:
        return [images]

    def compare(self, features_a: list[Tensor], features_b: list[Tensor]) -> Tensor:
        return torch.zeros(len(features_a[0]))


PIVOTS = torch.randn(3, 2, 3, generator=torch.Generator().manual_seed(0))


def rule(generator: Seeing, weight: float = 1.0, seed: int = 0) -> Locality:
    return Locality(weight, 5.0, seed, generator, Nothing())


def test_generators_that_agree_cost_nothing() -> None:
    assert rule(Seeing())(Seeing(), PIVOTS).tolist() == [0, 0, 0]


@pytest.mark.parametrize("weight", [1.0, 0.1])
def test_a_brighter_generator_costs_its_square(weight: float) -> None:
    found = rule(Seeing(), weight)(Seeing(more=0.5), PIVOTS)
    torch.testing.assert_close(found, torch.full((3,), weight * 0.25))


def test_both_look_at_the_same_codes_at_the_distance() -> None:
    model, tuned = Seeing(), Seeing()
    rule(model)(tuned, PIVOTS)
    ((seen,), (same,)) = model.shown, tuned.shown
    assert torch.equal(seen, same)
    torch.testing.assert_close((seen - PIVOTS).flatten(1).norm(dim=1), torch.full((3,), 5.0))


def test_each_call_looks_elsewhere_and_a_seed_always_at_the_same_places() -> None:
    seen = []
    for seed in (0, 0, 1):
        model = Seeing()
        regulariser = rule(model, seed=seed)
        regulariser(Seeing(), PIVOTS), regulariser(Seeing(), PIVOTS)
        seen.append(model.shown)
    assert all(torch.equal(a, b) for a, b in zip(seen[0], seen[1], strict=True))
    assert not torch.equal(seen[0][0], seen[0][1]) and not torch.equal(seen[0][0], seen[2][0])


def test_skipping_goes_on_where_a_tuning_stopped() -> None:
    whole, resumed = Seeing(), Seeing()
    first = rule(whole)
    first(Seeing(), PIVOTS), first(Seeing(), PIVOTS[:2])
    second = rule(resumed)
    second.skip(first.num_drawn - 2)
    second(Seeing(), PIVOTS[:2])
    assert torch.equal(resumed.shown[-1], whole.shown[-1]) and second.num_drawn == first.num_drawn == 5


def test_only_the_tuned_generator_gets_a_gradient() -> None:
    model, tuned = tiny_generator().requires_grad_(True), tiny_generator().requires_grad_(True)
    with torch.no_grad():
        tuned.synthesis.b32.torgb.bias.add_(0.1)
    regulariser = Locality(1.0, 1.0, 0, model, Pyramid(num_levels=2, resize_px=None))
    regulariser(tuned, codes(1).to(CPU)).sum().backward()
    assert all(parameter.grad is None for parameter in model.parameters())
    assert float(tuned.synthesis.b32.torgb.bias.grad.abs().sum()) > 0
