"""The two adversaries of training."""

import pytest
import torch

from stitch_exp.training import objectives
from stitch_exp.training.critics import ImageCritic, LatentCritic, _batch_spread


def test_critic_judges_patches_and_the_whole() -> None:
    critic = ImageCritic(32, 4, 8, patch_side=8)
    images = torch.randn(4, 3, 32, 32, requires_grad=True)
    verdicts, features = critic(images)
    assert [tuple(verdict.shape) for verdict in verdicts] == [(4, 1, 8, 8), (4, 1)]
    assert objectives.gradient_penalty(verdicts, images) > 0
    assert objectives.feature_matching(features, features) == 0


def test_folding_loses_nothing() -> None:
    critic = ImageCritic(16, 4, 8, patch_side=4)
    images = torch.randn(2, 3, 16, 16)
    assert torch.equal(torch.nn.functional.pixel_shuffle(critic.fold(images), 2), images)


@pytest.mark.parametrize(("side", "patch", "verdicts"), [(16, 4, 2), (32, 8, 2), (32, 4, 2), (32, 64, 1)])
def test_verdicts_on_patches_where_a_map_has_their_side(side: int, patch: int, verdicts: int) -> None:
    critic = ImageCritic(side, 4, 16, patch_side=patch)
    found, features = critic(torch.randn(2, 3, side, side))
    assert len(found) == verdicts and found[-1].shape == (2, 1)
    if verdicts == 2:
        assert found[0].shape == (2, 1, patch, patch)
    assert [feature.shape[-1] for feature in features] == [side // 2 >> level for level in range(len(features))]
    assert features[-1].shape[-1] == 4 and max(feature.shape[1] for feature in features) <= 16


def test_a_collapsed_batch_has_no_spread() -> None:
    one = torch.randn(1, 3, 4, 4)
    assert float(_batch_spread(one.repeat(4, 1, 1, 1)).max()) < 2e-4
    varied = torch.randn(4, 3, 4, 4)
    spread = _batch_spread(varied)
    expected = (varied.var(dim=0, unbiased=False) + 1e-8).sqrt().mean()
    assert spread.shape == (4, 1, 4, 4)
    torch.testing.assert_close(spread, expected.expand(4, 1, 4, 4))


@pytest.mark.parametrize("count", [1, 2, 3, 5, 6, 8])
def test_batches_of_any_size_have_a_spread(count: int) -> None:
    spread = _batch_spread(torch.randn(count, 2, 4, 4))
    assert spread.shape == (count, 1, 4, 4) and spread.isfinite().all()


def test_rows_are_judged_one_by_one_and_never_steeply() -> None:
    torch.manual_seed(0)
    critic = LatentCritic(8, width=16)
    for _ in range(30):
        critic(torch.randn(4, 8))
    critic.eval()
    rows = torch.randn(6, 8)
    torch.testing.assert_close(critic(rows)[2:3], critic(rows[2:3]))
    norms = [torch.linalg.matrix_norm(layer.weight, 2) for layer in critic.layers if isinstance(layer, torch.nn.Linear)]
    assert all(float(norm.detach()) == pytest.approx(1.0, abs=0.05) for norm in norms[:2])
