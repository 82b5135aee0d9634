"""The pieces of training, each against what it promises."""

from pathlib import Path

import numpy as np
import pytest
import torch

from stitch_exp.errors import ConfigError, WeightsError
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.training import directions_stage, objectives
from stitch_exp.training.augment import Degrade, RandomView
from stitch_exp.training.critics import ImageCritic
from stitch_exp.training.data import EpochSampler, FaceData, given_codes, held_out
from stitch_exp.training.mapping_stage import start_gaussian
from stitch_exp.training.measure import measure_faces
from stitch_exp.training.rebase_stage import OFFSET, rebase
from stitch_exp.training.recognition import IdentityLoss
from stitch_exp.training.storage import load_matching, read_tensors, save_network

SMALL = {"z_dim": 32, "w_dim": 32, "img_resolution": 16, "num_mapping_layers": 3, "channel_base": 128, "channel_max": 8}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("faces/1.jpg", True), ("a/21.png", True), ("edited/1281_age_0.jpg", True), ("2.jpg", False), ("me.jpg", False)],
)
def test_held_out_rule(name: str, expected: bool) -> None:
    assert held_out(name) is expected


def test_held_out_faces_are_never_trained_on(faces: Path) -> None:
    data = FaceData(str(faces), side=32, batch_size=4, steps_per_epoch=2, seed=1, in_memory=True)
    assert sorted(data.held_set.names) == ["faces/1.png", "faces/21.png"]
    assert not set(data.held_set.names) & set(data.train_set.names)
    assert len(data.train_set) == 22


def test_sampler_repeats_an_epoch_and_changes_the_next() -> None:
    first, second = EpochSampler(10, 25, seed=1), EpochSampler(10, 25, seed=1)
    assert list(first) == list(second)
    second.set_epoch(1)
    assert list(first) != list(second)
    assert len(list(first)) == 25
    assert set(first) == set(range(10))


def test_growing_a_generator_keeps_its_picture() -> None:
    small, grown = Generator(**SMALL).eval(), Generator(**{**SMALL, "img_resolution": 32}).eval()
    fresh = load_matching(grown, small.state_dict())
    assert fresh
    assert all("b32" in key for key in fresh)
    ws = torch.randn(1, grown.num_ws, 32)
    with torch.no_grad():
        torch.testing.assert_close(grown(ws, resolution=16), small(ws[:, : small.num_ws]))


@torch.no_grad()
def test_rebased_generator_renders_the_same_faces_from_one_row() -> None:
    generator = Generator(**SMALL).eval()
    # 40 codes that fill 20 dimensions: fewer than one row of W has.
    codes = (torch.randn(40, 20) @ torch.randn(20, generator.num_ws * 32)).view(40, generator.num_ws, 32) / 5
    before = generator(codes[:4])
    rebased = rebase(generator, codes)
    torch.testing.assert_close(rebased[:, 0], rebased[:, -1])
    torch.testing.assert_close(rebased.mean().item(), OFFSET, atol=0.01, rtol=0)
    torch.testing.assert_close(generator(rebased[:4]), before, atol=2e-3, rtol=1e-3)


@torch.no_grad()
def test_mapping_starts_as_the_gaussian_of_the_codes() -> None:
    generator = Generator(**SMALL)
    codes = torch.randn(500, 10) @ torch.randn(10, 32) / 10**0.5 + OFFSET
    start_gaussian(generator.mapping, codes)
    rows = generator.map(torch.randn(20_000, 32))[:, 0]
    torch.testing.assert_close(rows.mean(0), codes.mean(0), atol=0.05, rtol=0)
    expected = torch.cov(codes.t())
    assert (torch.cov(rows.t()) - expected).norm() < 0.1 * expected.norm()


def test_directions_separate_correlated_attributes() -> None:
    rng = np.random.default_rng(0)
    true = rng.standard_normal((2, 3, 8))
    age = rng.standard_normal(400)
    values = np.stack([age, 0.8 * age + 0.6 * rng.standard_normal(400)], axis=1)
    rows = [f"faces/{index}" for index in range(400)]
    noise = 0.1 * rng.standard_normal((400, 3, 8))
    codes = dict(zip(rows, np.einsum("na,ald->nld", values, true) + noise, strict=True))
    found = directions_stage.fit_directions(codes, directions_stage.Regressors(["age", "grey"], values, rows), 0.0)
    np.testing.assert_allclose(found["age"], true[0], atol=0.05)
    np.testing.assert_allclose(found["grey"], true[1], atol=0.05)


def test_paired_edits_and_projection() -> None:
    low, high = np.zeros((2, 4)), np.ones((2, 4))
    codes = {"edited/7_age_0": low, "edited/7_age_1": low, "edited/7_age_2": high}
    differences = directions_stage.paired_differences(codes, "age")
    assert differences.shape == (1, 2, 4)
    assert (differences == 0.5).all()
    blended = directions_stage.blend(np.ones((2, 4)) * 3, differences, 0.5)
    np.testing.assert_allclose(blended, 3)
    free = directions_stage.project_out(np.array([[1.0, 2.0]]), [np.array([[0.0, 5.0]])])
    np.testing.assert_allclose(free, [[1.0, 0.0]], atol=1e-12)


def test_losses_vanish_for_equal_images_and_grow_with_blur() -> None:
    images = torch.rand(2, 3, 32, 32)
    options = {"smallest": 8, "gradient_weight": 1.0}
    assert objectives.pyramid_loss(images, images, **options) == 0
    blurred = torch.nn.functional.avg_pool2d(images, 3, 1, 1)
    assert objectives.pyramid_loss(blurred, images, **options) > 0


def test_critic_judges_patches_and_the_whole() -> None:
    critic = ImageCritic(32, 4, 8, patch_side=8)
    images = torch.randn(4, 3, 32, 32, requires_grad=True)
    verdicts, features = critic(images)
    assert [tuple(verdict.shape) for verdict in verdicts] == [(4, 1, 8, 8), (4, 1)]
    assert objectives.gradient_penalty(verdicts, images) > 0
    assert objectives.feature_matching(features, features) == 0


def test_views_stay_in_range_and_differ() -> None:
    pixels = torch.randint(0, 256, (3, 3, 32, 32), dtype=torch.uint8)
    views = RandomView(16, 8.0, 0.1, 0.05, 0.1, 0.2)(pixels)
    assert views.shape == (3, 3, 16, 16)
    assert views.abs().max() <= 1
    assert Degrade()(views).shape == views.shape


def test_no_face_gives_a_row_of_nan() -> None:
    pytest.importorskip("mediapipe")
    assert np.isnan(measure_faces([np.zeros((64, 64, 3), np.uint8)])).all()


def test_identity_loss_is_zero_for_the_same_picture_and_pulls_towards_it() -> None:
    loss, target = IdentityLoss(), torch.rand(2, 3, 64, 64) * 2 - 1
    other = (target + 0.3 * torch.randn_like(target)).requires_grad_()
    assert loss(target, target) == 0
    first = _seeded(loss, other, target)
    first.backward()
    assert first > 0
    assert _seeded(loss, other - 0.05 * other.grad / other.grad.norm(), target) < first


def _seeded(loss: IdentityLoss, images: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    torch.manual_seed(0)
    return loss(images, targets)


def test_what_half_precision_cannot_hold_keeps_its_own(tmp_path: Path) -> None:
    state = {"variance": torch.tensor([1e5, 1.0]), "weight": torch.tensor([0.5])}
    save_network(tmp_path / "n.safetensors", state, network="n", arguments={}, licence="x")
    assert read_tensors(tmp_path / "n.safetensors")[0]["variance"].equal(state["variance"])
    with pytest.raises(WeightsError, match="not finite, first weight"):
        save_network(
            tmp_path / "n.safetensors", {"weight": torch.tensor([torch.inf])}, network="n", arguments={}, licence="x"
        )


def test_a_plan_without_the_codes_it_needs_says_so() -> None:
    codes = torch.arange(12.0).view(3, 2, 2)
    assert torch.equal(given_codes(codes, torch.tensor([2, 0])), codes[[2, 0]])
    with pytest.raises(ConfigError, match=r"set stage\.codes=FILE"):
        given_codes(None, torch.tensor([0]))
