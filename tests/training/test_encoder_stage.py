"""The stage that trains an encoder on the frozen generator: parts of a batch, mixtures, rates."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from stitch_exp.inverters.e4e import Encoder4Editing
from stitch_exp.training.augment import RandomView
from stitch_exp.training.encoder_stage import EncoderPlan, EncoderStage
from tests.small_clip import SIDE, codes, tiny_generator

PLAN = EncoderPlan(
    code_steps=0, code_weight=0.0, render_side=SIDE, learning_rate=1e-3, critic_lr=1e-3, first_rows=0, steps_per_row=1,
    pixel_gradient_weight=0.0, matching_weight=0.0, identity_weight=0.0, delta_weight=0.5, latent_weight=0.0,
    cycle_weight=0.0, mixed_part=0.0, decay_steps=0, average_decay=0.9, smallest_scale=8,
)  # fmt: skip
ENCODER = {"num_styles": 8, "style_dim": 16, "input_size": 64, "widths": (4, 4, 4, 4, 8), "num_units": (1, 1, 1, 1)}


def stage(given: torch.Tensor | None = None, **plan: float) -> EncoderStage:
    torch.manual_seed(0)
    made = EncoderStage(
        tiny_generator(), Encoder4Editing(**ENCODER, pyramid_width=8, head_width=4), None,
        RandomView(SIDE, *[0.0] * 5), replace(PLAN, **plan),
        latent_avg=codes(1)[0], codes=given, grid_folder=Path("unused"),
    )  # fmt: skip
    made.log = lambda *_, **__: None
    return made


PIXELS = torch.randint(0, 256, (4, 3, SIDE, SIDE), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def test_the_generator_is_frozen_and_the_average_follows_the_encoder() -> None:
    made = stage()
    trained = {name.split(".")[0] for name, parameter in made.named_parameters() if parameter.requires_grad}
    assert trained == {"encoder", "latent_critic"} and not made.generator.training
    assert all(torch.equal(a, b) for a, b in zip(made.average.parameters(), made.encoder.parameters(), strict=True))


@pytest.mark.parametrize(("step", "share"), [(0, 1.0), (5, 0.5), (10, 0.0), (99, 0.0)])
def test_the_rate_falls_along_half_a_cosine_and_stays_down(step: int, share: float) -> None:
    made = stage(decay_steps=10)
    optimiser = made.configure_optimizers()[0]
    made.step.fill_(step)
    made._decay(optimiser)
    assert optimiser.param_groups[0]["lr"] == pytest.approx(1e-3 * share, abs=1e-12)


def test_without_decay_the_rate_is_left_alone() -> None:
    made = stage()
    optimiser = made.configure_optimizers()[0]
    optimiser.param_groups[0]["lr"] = 7.0
    made._decay(optimiser)
    assert optimiser.param_groups[0]["lr"] == 7.0


def test_the_regression_is_of_the_base_row_alone() -> None:
    given = codes(1).repeat(3, 1, 1)
    given[:, 1:] += 100
    made = stage(given)
    with torch.no_grad():
        for head in made.encoder.styles:
            head.linear.weight.zero_(), head.linear.bias.zero_()
        assert float(made._regression(PIXELS, torch.tensor([0, 2, 1, 0]))) == 0.0
        made.encoder.styles[0].linear.bias.fill_(0.5)
        assert float(made._regression(PIXELS, torch.tensor([0, 2, 1, 0]))) == pytest.approx(0.25)


@pytest.mark.parametrize(("weight", "given", "stop"), [(0.0, True, 0), (1.0, False, 0), (1.0, True, 2)])
def test_half_of_a_batch_keeps_to_its_codes_when_there_are_any(weight: float, given: bool, stop: int) -> None:
    made = stage(codes(3) if given else None, code_weight=weight)
    assert made._plain_part(5) == slice(0, stop)


def test_mixtures_take_the_last_part_of_a_batch_only() -> None:
    made = stage(mixed_part=0.5)
    targets = PIXELS.float() / 127.5 - 1
    before = targets.clone()
    made._mix(targets)
    assert torch.equal(targets[:2], before[:2]) and not torch.equal(targets[2:], before[2:])
    stage(mixed_part=0.1)._mix(before_copy := before.clone())
    assert torch.equal(before_copy, before)


def test_equal_rows_have_no_offsets_to_weigh() -> None:
    made = stage()
    equal = codes(2)[:, :1].expand(-1, 8, -1)
    assert float(made._editability(equal)) == 0.0
    moved = equal.clone()
    moved[:, 3] += 1.0
    assert float(made._editability(moved)) == pytest.approx(0.5 / 8, rel=1e-5)


def test_random_rows_are_those_of_the_mapping_network() -> None:
    made = stage()
    torch.manual_seed(3)
    rows = made._random_rows(5)
    torch.manual_seed(3)
    assert torch.equal(rows, made.generator.mapping(torch.randn(5, 16)))


def test_fidelity_is_zero_for_the_picture_itself() -> None:
    made = stage(pixel_gradient_weight=1.0)
    images = PIXELS.float() / 127.5 - 1
    assert float(made._fidelity(images, images)) == 0.0
    assert float(made._fidelity(images, images + 0.25)) == pytest.approx(0.25)
    assert math.isfinite(float(made._cycle(2).detach()))
