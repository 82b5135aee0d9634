"""The projection of single images: its noise, its terms, and what it leaves alone."""

import pytest
import torch
from torch import Tensor

from stitch_exp.encoder.projection import Projection, Sides, noise_structure, shrunk
from stitch_exp.encoder.schedule import ProjectionSchedule, ProjectionUpdates
from stitch_exp.encoder.w_space import WSpace
from tests.small_clip import tiny_generator


class Pixels:
    """Compares pixels themselves."""

    def features(self, images: Tensor) -> list[Tensor]:
        return [images]

    def compare(self, features_a: list[Tensor], features_b: list[Tensor]) -> Tensor:
        return (features_a[0] - features_b[0]).square().mean(dim=(1, 2, 3))


def test_noise_structure_sees_stripes_not_noise() -> None:
    noise = torch.randn(2, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    stripes = torch.ones(1, 1, 32, 32)
    stripes[..., ::2] = -1
    assert noise_structure(noise) < 0.05
    # Neighbours in a row always differ, neighbours in a column never; both are 1 squared. Coarser scales are flat.
    assert noise_structure(stripes) == pytest.approx(2.0)
    each = noise_structure(noise[:1]) + noise_structure(noise[1:])
    assert noise_structure(noise) == pytest.approx(float(each), rel=1e-5)


def projection(seeds: list[int], weight: float = 0.0, spread: float = 1.0, noise: float = 0.0, **sides) -> Projection:
    generator = tiny_generator()
    schedule = ProjectionSchedule(10, 0.05, 0.25, noise, 0.75)
    return Projection(
        generator=generator, space=WSpace(torch.linspace(-1, 1, 16), spread),
        targets=[torch.zeros(len(seeds), 3, 32, 32)], perceptual=Pixels(),
        sides=Sides(**({"drawn": None, "compared": 32} | sides)),
        schedule=schedule, updates=ProjectionUpdates(0.1, weight, 2, 0), seeds=seeds,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("resolution", "compared", "px", "sides"),
    [(1024, 256, None, (None, 256)), (1024, 256, 1024, (None, 256)), (1024, 256, 2048, (None, 256)),
     (1024, 256, 512, (512, 256)), (1024, 256, 128, (128, 128))],
)  # fmt: skip
def test_pictures_are_never_enlarged_to_be_compared(
    resolution: int, compared: int, px: int | None, sides: tuple[int | None, int]
) -> None:
    assert Sides.of(resolution, compared, px) == Sides(*sides)


@pytest.mark.parametrize(("size", "side"), [(4, 4), (8, 8), (100, 8)])
def test_shrinking_averages_and_never_enlarges(size: int, side: int) -> None:
    images = torch.randn(1, 3, 8, 8)
    small = shrunk(images, size)
    assert small.shape[-1] == side
    torch.testing.assert_close(small.mean(), images.mean())


def test_all_images_start_from_the_mean_in_every_row() -> None:
    codes = projection([3, 4]).codes
    assert codes.shape == (2, 8, 16) and torch.equal(codes, torch.linspace(-1, 1, 16).expand(2, 8, 16))


def test_noise_follows_the_image_and_not_its_neighbours() -> None:
    together, alone = projection([3, 4]), projection([4])
    for both, one in zip(together.noises, alone.noises, strict=True):
        assert torch.equal(both[1], one[0])
    assert len(together.noises) == len(together.noise_keys) == 7


def test_the_loss_is_distance_and_structure() -> None:
    plain, weighed = projection([3, 4]), projection([3, 4], weight=5.0)
    terms, more = plain.training_step(None, 0), weighed.training_step(None, 0)
    assert float(terms["loss"].detach()) == pytest.approx(float(terms["distance"]))
    structure = sum(float(noise_structure(noise.detach())) for noise in plain.noises)
    assert float(more["loss"].detach()) == pytest.approx(float(more["distance"]) + 5.0 * structure, rel=1e-4)


def test_distance_is_summed_over_images_that_do_not_meet() -> None:
    both = float(projection([3, 4]).training_step(None, 0)["distance"])
    single = [float(projection([seed]).training_step(None, 0)["distance"]) for seed in (3, 4)]
    assert both == pytest.approx(sum(single), rel=1e-4)


def test_noise_on_w_is_counted_in_its_spread_and_dies_away() -> None:
    quiet, wide = projection([3], noise=0.5, spread=0.0), projection([3], noise=0.5, spread=10.0)
    still = float(quiet.training_step(None, 0)["distance"])
    assert float(wide.training_step(None, 0)["distance"]) != pytest.approx(still, rel=1e-3)
    assert float(wide.training_step(None, 9)["distance"]) == pytest.approx(still, rel=1e-4)


def test_noise_maps_are_brought_back_to_a_normal_s_moments() -> None:
    made = projection([3, 4])
    with torch.no_grad():
        for noise in made.noises:
            noise.mul_(3.0).add_(2.0)
    made.on_train_batch_end({"distance": torch.tensor(6.0)}, None, 0)
    for noise in made.noises:
        torch.testing.assert_close(noise.mean(dim=(2, 3)), torch.zeros(2, 1), atol=1e-5, rtol=0)
        torch.testing.assert_close(noise.square().mean(dim=(2, 3)), torch.ones(2, 1), atol=1e-5, rtol=0)
    assert made.last_distance == 3.0


def test_only_codes_and_noise_are_trained() -> None:
    made = projection([3])
    made.training_step(None, 0)["loss"].backward()
    generator = made._unregistered[0]
    assert all(parameter.grad is None for parameter in generator.parameters())
    assert made.w.grad.abs().sum() > 0
    assert {name.split(".")[0] for name, _ in made.named_parameters()} == {"w", "noises"}


def test_smaller_pictures_are_drawn_on_request() -> None:
    made = projection([3], drawn=8, compared=8)
    made._unregistered = (*made._unregistered[:2], [torch.zeros(1, 3, 8, 8)])
    assert float(made.training_step(None, 0)["distance"]) > 0
