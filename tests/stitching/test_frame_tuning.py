"""Border tuning of one frame after the other, against a loop that takes a fresh copy for each frame."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from stitch_exp.losses.border import BorderLoss
from stitch_exp.networks.tuned import tunable_copy
from stitch_exp.ops.ranges import to_pixels, to_unit
from stitch_exp.stitching.base import Scope, Tools
from stitch_exp.stitching.frame_tuning import FrameTuning
from stitch_exp.stitching.scene import Scene
from stitch_exp.types import Workspace
from tests.small_clip import CPU, clip_of, codes, cpu_trainer, tiny_generator
from tests.stitching.flat_scene import scene

COUNT = 2
LOSS = BorderLoss("l2", 0.05)
STEP = FrameTuning(num_steps=3, learning_rate=2e-3, carry=False, stop_border=0.0, stop_ratio=0.0, loss=LOSS)


def border() -> Scene:
    made = scene(COUNT, generator=tunable_copy(tiny_generator(), CPU))
    made.crops[:] = clip_of(tiny_generator(), COUNT).crops
    made.edited[:] = to_pixels(tiny_generator()(codes(COUNT)))
    return made


def tuned(made: Scene, step: FrameTuning) -> np.ndarray:
    tools = Tools(cpu_trainer, Workspace(), np.zeros_like(made.crops))
    images = step(made, made.target, tools)
    assert torch.equal(images(slice(0, COUNT)), to_unit(tools.out))
    return tools.out


def by_hand(carry: bool) -> np.ndarray:
    """The published loop: for each frame Adam from scratch on a copy; carried, on one copy with one Adam."""
    made, out = border(), []
    generator = tunable_copy(tiny_generator(), CPU)
    optimiser = torch.optim.Adam(generator.synthesis.parameters(), lr=2e-3)
    for frame in range(COUNT):
        if not carry:
            generator = tunable_copy(tiny_generator(), CPU)
            optimiser = torch.optim.Adam(generator.synthesis.parameters(), lr=2e-3)
        part = slice(frame, frame + 1)
        regions, code = made.regions(part), codes(COUNT)[part]
        edited = made.target(part) if carry else generator(code).detach()
        for _ in range(3):
            optimiser.zero_grad()
            terms = LOSS(generator(code), made.source(part), edited, regions.border, regions.content)
            terms["loss"].mean().backward()
            optimiser.step()
        out.append(to_pixels(generator(code))[0])
    return np.stack(out)


@pytest.mark.parametrize("carry", [False, True])
def test_it_is_the_published_loop(carry: bool) -> None:
    made = border()
    found = tuned(made, replace(STEP, carry=carry))
    assert np.abs(found.astype(int) - by_hand(carry)).max() <= 1
    assert made.steps.tolist() == [3] * COUNT


def test_a_frame_that_is_close_enough_takes_no_update_and_others_do() -> None:
    made = border()
    made.crops[0] = made.edited[0]
    found = tuned(made, replace(STEP, stop_border=1e-3))
    assert made.steps.tolist() == [0, 3]
    assert np.abs(found[0].astype(int) - made.edited[0]).max() <= 1


def test_a_share_of_the_first_error_stops_a_frame() -> None:
    made = border()
    before = made.border_error(made.edited, Workspace())
    found = tuned(made, replace(STEP, num_steps=60, learning_rate=5e-3, stop_ratio=0.5))
    after = made.border_error(found, Workspace())
    assert (made.steps < 60).all() and (made.steps > 0).all()
    assert (after < 0.55 * before).all() and (after > 0.2 * before).all()


def test_steps_are_added_to_those_before() -> None:
    made = border()
    made.steps[:] = 5
    tuned(made, replace(STEP, num_steps=1))
    assert made.steps.tolist() == [6] * COUNT


def test_it_works_frame_by_frame() -> None:
    assert STEP.scope is Scope.FRAME


def test_the_generator_itself_ends_as_the_last_frame_left_it_when_carried() -> None:
    made = border()
    start = [weight.detach().clone() for weight in made.generator.synthesis.parameters()]
    out = tuned(made, replace(STEP, carry=True))
    assert np.array_equal(to_pixels(made.render(slice(COUNT - 1, COUNT)))[0], out[-1])
    assert any(not torch.equal(a, b) for a, b in zip(start, made.generator.synthesis.parameters(), strict=True))
