"""The mapping network, from a Gaussian to the codes themselves."""

import pytest
import torch

from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.training.mapping_stage import LatentData, MappingStage, start_gaussian
from stitch_exp.training.rebase_stage import OFFSET

SMALL = {"z_dim": 32, "w_dim": 32, "img_resolution": 16, "num_mapping_layers": 3, "channel_base": 128, "channel_max": 8}


@torch.no_grad()
def test_mapping_starts_as_the_gaussian_of_the_codes() -> None:
    generator = Generator(**SMALL)
    codes = torch.randn(500, 10) @ torch.randn(10, 32) / 10**0.5 + OFFSET
    start_gaussian(generator.mapping, codes)
    rows = generator.map(torch.randn(20_000, 32))[:, 0]
    torch.testing.assert_close(rows.mean(0), codes.mean(0), atol=0.05, rtol=0)
    expected = torch.cov(codes.t())
    assert (torch.cov(rows.t()) - expected).norm() < 0.1 * expected.norm()


def stage(codes: torch.Tensor, **other: float) -> MappingStage:
    torch.manual_seed(0)
    settings = {"gaussian_steps": 10, "num_projections": 64, "learning_rate": 1e-3} | other
    return MappingStage(Generator(**SMALL).mapping, codes, **settings)


CODES = torch.randn(300, 10, generator=torch.Generator().manual_seed(1)) @ torch.eye(10, 32) + OFFSET


def test_sliced_distance_is_that_of_sorted_projections() -> None:
    made = stage(CODES)
    a, b = CODES[:50], CODES[50:100].clone()
    assert made._sliced(a, a[torch.randperm(50)]) == pytest.approx(0.0, abs=1e-8)
    shifted = made._sliced(a, a + 3.0)
    # A shift by s along every axis is s * sum(d) along a unit direction d: s^2 on average.
    assert float(shifted) == pytest.approx(9.0, rel=0.5) and made._sliced(a, b) < 1.0


def test_it_starts_where_the_pull_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    made, logged = stage(CODES), {}
    monkeypatch.setattr(made, "log_dict", logged.update)
    loss = made.training_step([CODES[:64]], 0)
    assert float(logged["gaussian"].detach()) == 0.0
    assert float(loss.detach()) == pytest.approx(float(logged["sliced"].detach()))


def test_the_pull_fades_to_a_twentieth(monkeypatch: pytest.MonkeyPatch) -> None:
    made, logged = stage(CODES, num_projections=1), {}
    monkeypatch.setattr(made, "log_dict", logged.update)
    with torch.no_grad():
        made.mapping.fc2.bias.add_(100.0)
    pulls = []
    for step in (0, 5, 10, 1000):
        monkeypatch.setattr(MappingStage, "global_step", step)
        loss = made.training_step([CODES[:64]], 0)
        pulls.append(float((loss - logged["sliced"]) / logged["gaussian"]))
    assert pulls == pytest.approx([1.0, 0.5, 0.05, 0.05], rel=1e-3)


def test_batches_are_drawn_without_leftovers_and_repeat_an_epoch() -> None:
    data = LatentData(torch.arange(40.0).view(10, 4), batch_size=4, steps_per_epoch=3, seed=5)
    first = [batch.clone() for (batch,) in data.train_dataloader()]
    assert [len(batch) for batch in first] == [4, 4, 4]
    assert all(torch.equal(a, b) for a, (b,) in zip(first, data.train_dataloader(), strict=True))
