"""The W projector: its published schedule, its regulariser, and that it finds a code."""

import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from stitch_exp.encoder.optimise import Optimise
from stitch_exp.encoder.projection import Projection, Sides
from stitch_exp.encoder.schedule import ProjectionSchedule, ProjectionUpdates
from stitch_exp.encoder.w_space import WSpace, measure_w
from stitch_exp.fitting.trainer import fit, quiet_trainer
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.ops.ranges import to_pixels
from stitch_exp.types import AlignedClip, Workspace

DEVICE = torch.device("cpu")
PUBLISHED = ProjectionSchedule(num_steps=450, ramp_up=0.05, ramp_down=0.25, noise_factor=0.05, noise_ramp=0.75)


class Pixels:
    """Compares pixels themselves."""

    def features(self, images: Tensor) -> list[Tensor]:
        return [images]

    def compare(self, features_a: list[Tensor], features_b: list[Tensor]) -> Tensor:
        return (features_a[0] - features_b[0]).square().mean(dim=(1, 2, 3))


def clip(crops: np.ndarray) -> AlignedClip:
    count = len(crops)
    eye = np.broadcast_to(np.eye(3), (count, 3, 3))
    return AlignedClip(
        crops, np.arange(count), eye, np.zeros((count, 4, 2)), np.zeros((count, 68, 2)), ("detected",) * count
    )


def stage(
    generator: nn.Module, num_steps: int, batch_size: int = 2, noise_weight: float = 1e5, render_px: int | None = None
) -> Optimise:
    return Optimise(
        schedule=replace(PUBLISHED, num_steps=num_steps),
        updates=ProjectionUpdates(learning_rate=0.1, noise_weight=noise_weight, batch_size=batch_size, seed=0),
        num_samples=64, perceptual_px=256, render_px=render_px,
        generator=generator, perceptual=Pixels(), trainer=partial(quiet_trainer, "cpu", "32-true"), device=DEVICE,
    )  # fmt: skip


def faces(generator: Generator, count: int) -> np.ndarray:
    with torch.no_grad():
        z = torch.randn(count, 16, generator=torch.Generator().manual_seed(3))
        return to_pixels(generator(generator.map(z), noise_mode="none"))


def test_published_learning_rates() -> None:
    """lr_t = 0.01 * ramp(t / steps), the formula of SPEC 5.7 written out."""
    for step in (0, 1, 10, 22, 23, 200, 337, 338, 400, 449):
        t = step / 450
        ramp = (0.5 - 0.5 * math.cos(math.pi * min(1, (1 - t) / 0.25))) * min(1, t / 0.05)
        assert PUBLISHED.rate(step) == pytest.approx(ramp, abs=1e-12)
        assert PUBLISHED.noise(step) == pytest.approx(0.05 * max(0, 1 - t / 0.75) ** 2, abs=1e-12)
    assert PUBLISHED.rate(0) == 0.0 and PUBLISHED.rate(200) == 1.0 and PUBLISHED.noise(338) == 0.0


def test_the_optimiser_follows_them(generator: Generator) -> None:
    rates = []

    class Watched(Projection):
        def on_train_batch_start(self, batch, batch_idx) -> None:
            rates.append(self.trainer.optimizers[0].param_groups[0]["lr"])

    target = [torch.zeros(1, 3, 16, 16)]
    projection = Watched(
        generator=generator, space=WSpace(torch.zeros(16), 1.0), targets=target, perceptual=Pixels(),
        sides=Sides(None, 16), schedule=PUBLISHED, updates=ProjectionUpdates(0.01, 0.0, 1, 0), seeds=[0],
    )  # fmt: skip
    fit(quiet_trainer("cpu", "32-true", max_epochs=1), projection, DataLoader(range(30), batch_size=None))
    np.testing.assert_allclose(rates, [0.01 * PUBLISHED.rate(step) for step in range(30)], rtol=1e-12)


def test_it_finds_the_code_and_leaves_the_generator_alone(generator: Generator) -> None:
    before = {key: value.clone() for key, value in generator.state_dict().items()}
    aligned = clip(faces(generator, 2))
    logged = []
    work = Workspace(log=lambda name, values: logged.append((name, values)))
    pivots = stage(generator, num_steps=120)(aligned, work)
    assert pivots.codes.shape == (2, generator.num_ws, 16)
    assert torch.equal(pivots.codes[:, 0], pivots.codes[:, -1])
    start = measure_w(generator, 64, DEVICE).mean.expand(2, generator.num_ws, -1)
    assert error(generator, pivots.codes, aligned) < 0.25 * error(generator, start, aligned)
    assert all(torch.equal(value, before[key]) for key, value in generator.state_dict().items())
    assert [name for name, _ in logged] == ["encoder"] and logged[0][1]["distance"] < 0.1


def test_it_may_draw_smaller_pictures(generator: Generator) -> None:
    sides = []

    class Watched(Generator):
        def forward(self, ws: Tensor, noise_mode: str = "const", resolution: int | None = None) -> Tensor:
            images = super().forward(ws, noise_mode, resolution)
            sides.append(images.shape[-1])
            return images

    generator.__class__ = Watched
    aligned = clip(faces(generator, 2))
    pivots = stage(generator, num_steps=120, render_px=8)(aligned, Workspace())
    start = measure_w(generator, 64, DEVICE).mean.expand(2, generator.num_ws, -1)
    assert set(sides[1:]) == {8}
    assert error(generator, pivots.codes, aligned) < 0.5 * error(generator, start, aligned)
    own = stage(generator, num_steps=5, render_px=16)(aligned, Workspace()).codes
    assert torch.equal(own, stage(generator, num_steps=5)(aligned, Workspace()).codes)


@torch.no_grad()
def error(generator: Generator, codes: Tensor, aligned: AlignedClip) -> float:
    rendered = to_pixels(generator(codes, noise_mode="none")).astype(float)
    return float(((rendered - aligned.crops) ** 2).mean())


def test_neighbours_in_a_batch_have_no_influence(generator: Generator) -> None:
    aligned = clip(faces(generator, 3))
    alone = stage(generator, num_steps=6, batch_size=1)(aligned, Workspace()).codes
    together = stage(generator, num_steps=6, batch_size=3)(aligned, Workspace()).codes
    assert torch.allclose(alone, together, atol=1e-3)
