"""The closed form of border tuning against its own objective, and against a least-squares solver of numpy."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from stitch_exp.errors import ConfigError
from stitch_exp.losses.border import BorderLoss
from stitch_exp.networks.rgb_basis import RgbBasis, joined
from stitch_exp.networks.tuned import tunable_copy
from stitch_exp.ops.ranges import to_pixels
from stitch_exp.stitching.scene import Scene
from stitch_exp.stitching.solver import BorderSolver
from tests.linear_generator import LinearGenerator
from tests.small_clip import CPU, clip_of, codes, tiny_generator
from tests.stitching.flat_scene import scene

COUNT = 2


@pytest.fixture
def border() -> Scene:
    """Crops of one generator, edits by another of the same codes."""
    made = scene(COUNT, generator=tunable_copy(tiny_generator(), CPU))
    made.crops[:] = clip_of(tiny_generator(), COUNT).crops
    made.edited[:] = to_pixels(tiny_generator()(codes(COUNT)))
    return made


def solver(made: Scene, content: float = 0.05, ridge: float = 1e-6, from_px: int = 4) -> BorderSolver:
    return BorderSolver(made, from_px, content, ridge)


def objective(made: Scene, images: Tensor, part: slice, content: float = 0.05) -> Tensor:
    """The published loss, at half the side, where the equations are set up."""
    regions = made.regions(part)
    small = [torch.nn.functional.avg_pool2d(x, 2) for x in (images, made.source(part), made.target(part))]
    masks = [torch.nn.functional.avg_pool2d(mask[:, None], 2)[:, 0] for mask in (regions.border, regions.content)]
    return BorderLoss("l2", content)(*small, *masks)["loss"]


@pytest.mark.parametrize("from_px", [4, 16])
def test_the_solution_is_that_of_numpy(border: Scene, from_px: int) -> None:
    basis = RgbBasis(border.generator, from_px)
    images, features = basis(border.latents[0:1])
    design = joined(features, 16)[0].flatten(1).T.double().numpy()
    regions = border.regions(slice(0, 1))
    weights = []
    for mask, factor in ((regions.border, 1.0), (regions.content, 0.05)):
        small = torch.nn.functional.avg_pool2d(mask[:, None], 2).flatten().double().numpy()
        weights.append(factor * small**2 / small.sum())
    goals = [
        torch.nn.functional.avg_pool2d(goal - images, 2)[0].flatten(1).T.double().numpy()
        for goal in (border.source(slice(0, 1)), border.target(slice(0, 1)))
    ]
    rows = np.concatenate([design * np.sqrt(weight)[:, None] for weight in weights])
    wanted = np.concatenate([goal * np.sqrt(weight)[:, None] for goal, weight in zip(goals, weights, strict=True)])
    ridge = 1e-3
    energy = np.mean(np.diag(rows.T @ rows))
    rows = np.concatenate([rows, np.sqrt(ridge * energy) * np.eye(rows.shape[1])])
    wanted = np.concatenate([wanted, np.zeros((design.shape[1], 3))])
    change = np.linalg.lstsq(rows, wanted, rcond=None)[0]
    expected = images + basis.difference(features, torch.from_numpy(change).float())
    torch.testing.assert_close(
        solver(border, ridge=ridge, from_px=from_px).solve_each(slice(0, 1)), expected, atol=2e-3, rtol=0
    )


def test_no_change_of_the_weights_costs_less(border: Scene) -> None:
    part = slice(0, 1)
    found = solver(border).solve_each(part)
    best = objective(border, found, part)
    assert best < 0.2 * objective(border, border.render(part), part)
    basis = RgbBasis(border.generator, 4)
    _, features = basis(border.latents[part])
    size = sum(layer.shape[1] for layer in features) + 1
    for seed in range(4):
        change = 0.05 * torch.randn(size, 3, generator=torch.Generator().manual_seed(seed))
        assert objective(border, found + basis.difference(features, change), part) > best - 1e-4


def test_each_frame_is_solved_by_itself_and_the_generator_stays(border: Scene) -> None:
    before = {key: value.clone() for key, value in border.generator.state_dict().items()}
    both = solver(border).solve_each(slice(0, 2))
    torch.testing.assert_close(both[1:], solver(border).solve_each(slice(1, 2)), atol=1e-3, rtol=0)
    assert all(torch.equal(before[key], value) for key, value in border.generator.state_dict().items())


def test_one_frame_together_is_that_frame_alone(border: Scene) -> None:
    alone = solver(border).solve_each(slice(0, 1))
    solver(border).solve_together([0])
    torch.testing.assert_close(border.render(slice(0, 1)), alone, atol=2e-3, rtol=0)


def test_together_is_best_for_the_sum(border: Scene) -> None:
    before = sum(float(objective(border, border.render(slice(i, i + 1)), slice(i, i + 1))) for i in range(COUNT))
    solver(border).solve_together([0, 1])
    after = sum(float(objective(border, border.render(slice(i, i + 1)), slice(i, i + 1))) for i in range(COUNT))
    assert after < 0.3 * before


def test_coarse_layers_keep_their_weights(border: Scene) -> None:
    before = {key: value.clone() for key, value in border.generator.state_dict().items()}
    solver(border, from_px=16).solve_together([0, 1])
    changed = {key for key, value in border.generator.state_dict().items() if not torch.equal(before[key], value)}
    assert changed == {"synthesis.b16.torgb.weight", "synthesis.b32.torgb.weight", "synthesis.b32.torgb.bias"}


def test_a_strong_ridge_changes_nothing(border: Scene) -> None:
    stiff = solver(border, ridge=1e9).solve_each(slice(0, 1))
    torch.testing.assert_close(stiff, border.render(slice(0, 1)), atol=1e-3, rtol=0)


def test_an_empty_mask_changes_nothing(border: Scene) -> None:
    border.heads.foreground[:] = 0
    torch.testing.assert_close(solver(border).solve_each(slice(0, 1)), border.render(slice(0, 1)), atol=1e-5, rtol=0)


def test_another_kind_of_generator_is_refused(border: Scene) -> None:
    other = replace(border, generator=LinearGenerator())
    with pytest.raises(
        ConfigError, match=r"closed form of stitching \(from_px=4\) needs a StyleGAN2 generator, this is"
    ):
        solver(other).solve_each(slice(0, 1))
