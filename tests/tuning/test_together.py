"""One offset for all pivots, on a generator that is linear."""

import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from stitch_exp.fitting.trainer import fit
from stitch_exp.tuning.resemblance import Resemblance
from stitch_exp.tuning.together import CommonOffset
from tests.linear_generator import PX, Blind, LinearGenerator
from tests.small_clip import cpu_trainer

CODES = torch.randn(4, 2, 3, generator=torch.Generator().manual_seed(1))
STEPS = torch.tensor([[3.0, 0.0, 0.0], [0.0, 0.5, 0.0]])


def module(wanted: Tensor, pull: float = 0.0, num_updates: int = 10) -> CommonOffset:
    generator, resemblance = LinearGenerator(), Resemblance(Blind(), PX, 1.0)
    targets = resemblance.of_codes(wanted, generator)
    return CommonOffset(
        generator,
        CODES,
        lambda index: targets[index],
        resemblance,
        STEPS,
        num_updates=num_updates,
        learning_rate=0.1,
        pull=pull,
    )


def test_it_begins_at_the_pivots_and_there_the_distance_is_theirs() -> None:
    search = module(CODES)
    assert search.offset.shape == (2, 3) and not search.offset.any()
    terms = search.training_step(torch.tensor([0, 2]), 0)
    assert float(terms["loss"].detach()) == pytest.approx(0, abs=1e-10)


def test_lengths_are_counted_in_standard_deviations() -> None:
    search = module(CODES)
    with torch.no_grad():
        search.lengths[:] = torch.tensor([[1.0, 2.0], [0.0, -1.0]])
    assert search.offset.tolist() == [[3.0, 1.0, 0.0], [0.0, -0.5, 0.0]]


def test_the_pull_is_the_squared_length_of_each_row() -> None:
    search = module(CODES, pull=0.5)
    with torch.no_grad():
        search.lengths[:] = torch.tensor([[1.0, 2.0], [0.0, -1.0]])
    terms = search.training_step(torch.tensor([0]), 0)
    assert float(terms["pull"]) == pytest.approx(0.5 * (5 / 2 + 1 / 2))
    assert float(terms["loss"].detach()) == pytest.approx(float(terms["distance"] + terms["pull"]), rel=1e-5)


def test_the_loss_is_the_mean_over_frames_of_the_squared_distance() -> None:
    away = CODES + torch.tensor([0.3, 0.0, 0.0])
    search, resemblance = module(away), Resemblance(Blind(), PX, 1.0)
    expected = (resemblance.of_codes(CODES, LinearGenerator()) - resemblance.of_codes(away, LinearGenerator())).square()
    terms = search.training_step(torch.tensor([1, 3]), 0)
    assert float(terms["distance"]) == pytest.approx(float(expected.sum(dim=1)[[1, 3]].mean()), rel=1e-4)


def test_what_all_frames_lack_is_found() -> None:
    lack = torch.tensor([[1.5, -0.5, 0.0], [-0.75, 0.25, 0.0]])
    search = module(CODES + lack, num_updates=150)
    fit(cpu_trainer(max_steps=150), search, DataLoader([torch.arange(4)] * 150, batch_size=None))
    torch.testing.assert_close(search.offset.detach(), lack, atol=0.02, rtol=0)


def test_the_generator_is_no_part_of_it() -> None:
    search = module(CODES)
    assert [name for name, _ in search.named_parameters()] == ["lengths"] and search.state_dict().keys() == {"lengths"}


def test_the_rate_falls_to_nothing() -> None:
    made = module(CODES, num_updates=3).configure_optimizers()
    rates = []
    for _ in range(3):
        rates.append(made["optimizer"].param_groups[0]["lr"])
        made["optimizer"].step()
        made["lr_scheduler"]["scheduler"].step()
    assert rates[0] > rates[1] > rates[2] > 0
