"""The optimisation of pivotal tuning: its rate, its terms, and when a pass was the last."""

import itertools

import pytest
import torch
from torch import Tensor

from stitch_exp.fitting.muon import Muon
from stitch_exp.losses.reconstruction import Reconstruction, Target
from stitch_exp.tuning.locality import Locality
from stitch_exp.tuning.settings import Updates
from stitch_exp.tuning.tuner import PassEnd, PivotTuner, Rate
from tests.small_clip import codes, cpu_trainer, tiny_generator


def updates(schedule: str = "constant", kernel_rate: float = 0.0) -> Updates:
    return Updates(0.01, kernel_rate, schedule, "32-true", at_least=0)


def factors(schedule: str, num_passes: int, batches: int) -> list[float]:
    rate = Rate(updates(schedule), num_passes, batches)
    return [rate.factor(update) for update in range(num_passes * batches)]


def test_a_constant_rate_stays() -> None:
    assert factors("constant", 3, 2) == [1.0] * 6


def test_a_ramp_is_constant_within_a_pass_and_ends_at_zero() -> None:
    found = factors("ramp", 4, 3)
    assert found == [found[0]] * 3 + [found[3]] * 3 + [found[6]] * 3 + [0.0] * 3
    assert found[3] == 1.0


def test_a_cosine_falls_with_every_update() -> None:
    found = factors("cosine", 2, 10)
    assert all(before > after > 0 for before, after in itertools.pairwise(found[1:]))


def test_updates_beyond_the_last_pass_have_the_rate_of_its_end() -> None:
    assert Rate(updates("ramp"), 2, 3).factor(100) == 0.0


class Blindfolded:
    """Sees nothing."""

    def features(self, images: Tensor) -> list[Tensor]:
        return []

    def compare(self, features_a: list[Tensor], features_b: list[Tensor]) -> Tensor:
        raise AssertionError("its weight is 0")


def tuner(locality: object = None, kernel_rate: float = 0.0, from_px: int = 4) -> PivotTuner:
    generator = tiny_generator()
    generator.synthesis.requires_grad_(True)
    for part in generator.layers_below(from_px):
        part.requires_grad_(False)
    wanted = generator(codes(3)).detach() + 0.5
    return PivotTuner(
        generator,
        codes(3),
        lambda index: Target(wanted[index], []),
        Reconstruction(4.0, 0.0, None),
        Blindfolded(),
        Rate(updates(kernel_rate=kernel_rate), 2, 3),
        locality,
    )


def test_terms_are_means_over_the_batch() -> None:
    terms = tuner().training_step(torch.tensor([0, 2]), 0)
    assert float(terms["l2"].detach()) == pytest.approx(0.25, rel=1e-5)
    assert float(terms["loss"].detach()) == pytest.approx(1.0, rel=1e-5) and "locality" not in terms


def test_the_regulariser_is_added_and_told() -> None:
    class Two(Locality):
        def __init__(self) -> None: ...

        def __call__(self, tuned: object, pivots: Tensor) -> Tensor:
            assert torch.equal(pivots, codes(3)[[1]])
            return torch.tensor([2.0])

    terms = tuner(Two()).training_step(torch.tensor([1]), 0)
    assert float(terms["loss"].detach()) == pytest.approx(3.0, rel=1e-5) and float(terms["locality"]) == 2.0


def test_only_the_synthesis_network_is_trained_moved_and_saved() -> None:
    module = tuner()
    assert all(key.startswith("synthesis.") for key in module.state_dict())
    assert all(name.startswith("synthesis.") for name, _ in module.named_parameters())


@pytest.mark.parametrize(("from_px", "left"), [(4, 0), (16, 2)])
def test_frozen_layers_get_no_optimiser(from_px: int, left: int) -> None:
    module = tuner(from_px=from_px)
    (group,) = module.configure_optimizers()["optimizer"].param_groups
    frozen = {id(p) for name in ("b4", "b8")[:left] for p in getattr(module.synthesis, name).parameters()}
    expected = [p for p in module.synthesis.parameters() if id(p) not in frozen]
    assert [id(p) for p in group["params"]] == [id(p) for p in expected]


def test_kernels_have_an_optimiser_of_their_own_on_request() -> None:
    assert isinstance(tuner(kernel_rate=0.1).configure_optimizers()["optimizer"], Muon)
    assert isinstance(tuner().configure_optimizers()["optimizer"], torch.optim.Adam)


def test_a_checkpoint_brings_back_what_is_no_weight() -> None:
    class Drawing(Locality):
        num_drawn = 12

        def __init__(self) -> None: ...

        def skip(self, count: int) -> None:
            self.skipped = count

    saved: dict = {}
    module = tuner(Drawing())
    module.pass_losses = [0.5, 0.25]
    module.on_save_checkpoint(saved)
    again = tuner(Drawing())
    again.on_load_checkpoint(saved)
    assert again.pass_losses == [0.5, 0.25] and again.locality.skipped == 12
    module.pass_losses.append(0.1)
    assert saved["pass_losses"] == [0.5, 0.25]


def passes(losses: list[list[tuple[float, int]]], stop_loss: float, stop_gain: float) -> tuple[list[float], list[bool]]:
    """The mean loss of each pass, of batches of (loss, frames), and whether it was asked to be the last."""
    end, trainer, module = PassEnd(stop_loss, stop_gain), cpu_trainer(), tuner()
    stops = []
    for batches in losses:
        for loss, frames in batches:
            end.on_train_batch_end(trainer, module, {"loss": torch.tensor(loss)}, torch.zeros(frames), 0)
        end.on_train_epoch_end(trainer, module)
        stops.append(trainer.should_stop)
    return module.pass_losses, stops


def test_a_pass_is_the_mean_over_frames_not_over_batches() -> None:
    means, stops = passes([[(1.0, 3), (5.0, 1)], [(4.0, 1)]], 0.0, 0.0)
    assert means == [2.0, 4.0] and stops == [False, False]


def test_a_loss_below_the_bound_stops() -> None:
    assert passes([[(0.3, 1)], [(0.2, 1)], [(0.1, 1)]], 0.15, 0.0)[1] == [False, False, True]


def test_a_gain_below_the_bound_stops_but_never_after_the_first_pass() -> None:
    assert passes([[(1.0, 1)], [(0.8, 1)], [(0.79, 1)]], 0.0, 0.1)[1] == [False, False, True]
    assert passes([[(1.0, 1)], [(2.0, 1)]], 0.0, 0.1)[1] == [False, True]
