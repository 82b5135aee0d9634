"""The stage that trains a generator: what is trained, from what, and with which rates."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from stitch_exp.errors import ConfigError
from stitch_exp.inverters.e4e import Encoder4Editing
from stitch_exp.training.augment import RandomView
from stitch_exp.training.critics import ImageCritic
from stitch_exp.training.generator_stage import GeneratorPlan, GeneratorStage
from tests.small_clip import SIDE, codes, tiny_generator

PLAN = GeneratorPlan(
    code_steps=0, from_codes=False, coarse_until=0, adversarial_from=10**9, generator_lr=2e-3, encoder_lr=1e-3,
    critic_lr=3e-3, pixel_gradient_weight=0.0, identity_weight=0.0, delta_weight=1.0, base_only=0.0,
    adversarial_weight=1.0, matching_weight=1.0, penalty_weight=1.0, penalty_every=2, average_decay=0.9,
    smallest_scale=8,
)  # fmt: skip
ENCODER = {"num_styles": 8, "style_dim": 16, "input_size": 64, "widths": (4, 4, 4, 4, 8), "num_units": (1, 1, 1, 1)}
PIXELS = torch.randint(0, 256, (4, 3, SIDE, SIDE), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def stage(given: torch.Tensor | None = None, **plan: float) -> GeneratorStage:
    torch.manual_seed(0)
    made = GeneratorStage(
        tiny_generator().requires_grad_(True), Encoder4Editing(**ENCODER, pyramid_width=8, head_width=4),
        ImageCritic(SIDE, 4, 8, patch_side=8), RandomView(SIDE, *[0.0] * 5), replace(PLAN, **plan),
        codes=given, grid_folder=Path("unused"),
    )  # fmt: skip
    made.logged = {}
    made.log = lambda name, value, **_: made.logged.update({name: value.detach()})
    made.log_dict = lambda values: made.logged.update({name: value.detach() for name, value in values.items()})
    made.updated = []
    made._optimizer = lambda index: index
    made._update = lambda index, loss: made.updated.append((index, loss.detach()))
    return made


def test_each_network_has_its_rate() -> None:
    made = stage()
    model, critic = made.configure_optimizers()
    assert [group["lr"] for group in model.param_groups] == [2e-3, 1e-3] and critic.param_groups[0]["lr"] == 3e-3
    assert {id(p) for p in model.param_groups[0]["params"]} == {id(p) for p in made.generator.synthesis.parameters()}


def test_the_settings_of_this_run_win_over_a_checkpoint_s() -> None:
    made = stage()
    model, critic = made.configure_optimizers()
    for group in (*model.param_groups, *critic.param_groups):
        group["lr"] = 9.0
    made._optimizer = lambda index: (model, critic)[index]
    made.on_train_start()
    assert [group["lr"] for group in model.param_groups] == [2e-3, 1e-3] and critic.param_groups[0]["lr"] == 3e-3


def test_given_codes_are_rendered_and_their_pictures_compared() -> None:
    given = codes(4)
    made = stage(given, from_codes=True)
    with torch.no_grad():
        wanted = made.generator(given[[3, 1]], noise_mode="none")
    pixels = ((wanted.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    made._reconstruct(pixels, torch.tensor([3, 1]))
    error = (wanted - wanted.clamp(-1, 1)).abs().mean()
    assert float(made.logged["pixels"]) == pytest.approx(float(error), abs=0.01)
    assert float(made.logged["delta"]) == pytest.approx(float((given - given[:, :1])[[3, 1]].square().mean()), rel=1e-4)


def test_from_codes_without_codes_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"set stage\.codes=FILE"):
        stage(from_codes=True)._reconstruct(PIXELS, torch.arange(4))


@pytest.mark.parametrize(("step", "side"), [(0, SIDE // 2), (5, SIDE)])
def test_coarse_blocks_come_first(step: int, side: int) -> None:
    made, seen = stage(codes(4), from_codes=True, coarse_until=5), []
    forward = made.generator.forward
    made.generator.forward = lambda *args, **options: seen.append(options["resolution"]) or forward(*args, **options)
    made.step.fill_(step)
    made._reconstruct(PIXELS, torch.arange(4))
    assert seen == [side]


def test_base_rows_alone_are_rendered_in_their_share() -> None:
    made, seen = stage(codes(4), from_codes=True, base_only=1.0), []
    forward = made.generator.forward
    made.generator.forward = lambda rows, **options: seen.append(rows) or forward(rows, **options)
    made._reconstruct(PIXELS, torch.arange(4))
    assert torch.equal(seen[0], codes(4)[:, :1].expand(-1, 8, -1))


@pytest.mark.parametrize("step", [0, 1, 2])
def test_the_penalty_comes_every_so_often_and_weighs_as_much_more(step: int) -> None:
    made = stage(penalty_weight=10.0, penalty_every=2)
    made.step.fill_(step)
    images = PIXELS.float() / 127.5 - 1
    made._train_critic(images.flip(0), images)
    ((index, loss),) = made.updated
    penalty = made.logged.get("penalty", torch.zeros(()))
    assert ("penalty" in made.logged) is (step % 2 == 0) and index == 1
    assert float(loss) == pytest.approx(float(made.logged["critic"] + 20.0 * penalty), rel=1e-5)


def test_the_critic_learns_nothing_while_it_judges() -> None:
    made = stage(adversarial_from=0)
    images = (PIXELS.float() / 127.5 - 1).requires_grad_()
    made._against_critic(images, images.detach()).backward()
    assert all(parameter.grad is None and parameter.requires_grad for parameter in made.critic.parameters())
    assert images.grad.abs().max() > 0 and float(made.logged["matching"]) == 0.0


def test_averages_are_kept_of_both_networks() -> None:
    made = stage(codes(4), code_steps=1)
    with torch.no_grad():
        made.generator.synthesis.b32.torgb.bias.fill_(1.0)
    made.training_step([PIXELS, torch.arange(4)], 0)
    assert made.step.item() == 1 and set(made.logged) == {"code_mse"}
    # The first step remembers a tenth: see `ema.update_average`.
    assert made.average["generator"].synthesis.b32.torgb.bias.tolist() == pytest.approx([0.9] * 3)
