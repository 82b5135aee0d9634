"""The step that solves instead of tuning: for each frame, or once for the clip."""

import numpy as np
import pytest
import torch

from stitch_exp.errors import SettingsError
from stitch_exp.networks.tuned import tunable_copy
from stitch_exp.ops.ranges import to_pixels
from stitch_exp.stitching.base import Scope, Tools
from stitch_exp.stitching.closed_form import ClosedForm
from stitch_exp.stitching.scene import Scene
from stitch_exp.types import Workspace
from tests.small_clip import CPU, clip_of, codes, cpu_trainer, tiny_generator
from tests.stitching.flat_scene import scene

COUNT = 3


def step(num_keyframes: int | None, **other: float) -> ClosedForm:
    return ClosedForm(**({"from_px": 4, "content_weight": 0.05, "ridge": 1e-6} | other), num_keyframes=num_keyframes)


@pytest.fixture
def border() -> Scene:
    made = scene(COUNT, generator=tunable_copy(tiny_generator(), CPU))
    made.crops[:] = clip_of(tiny_generator(), COUNT).crops
    made.edited[:] = to_pixels(tiny_generator()(codes(COUNT)))
    return made


def tools(made: Scene) -> Tools:
    return Tools(cpu_trainer, Workspace(), np.zeros_like(made.crops))


@pytest.mark.parametrize(("num_keyframes", "scope"), [(None, Scope.FRAME), (1, Scope.CLIP), (8, Scope.CLIP)])
def test_what_it_changes(num_keyframes: int | None, scope: Scope) -> None:
    assert step(num_keyframes).scope is scope


def test_frame_by_frame_every_picture_is_its_own_solution(border: Scene) -> None:
    images = step(None)(border, border.target, tools(border))
    errors = border.border_error(to_pixels(images(slice(0, COUNT))), Workspace())
    assert (errors < 0.2 * border.border_error(border.edited, Workspace())).all()


def test_once_for_the_clip_the_generator_itself_is_changed(border: Scene) -> None:
    before = border.render(slice(0, COUNT))
    images = step(2)(border, border.target, tools(border))
    assert torch.equal(images(slice(0, COUNT)), border.render(slice(0, COUNT)))
    assert not torch.allclose(border.render(slice(0, COUNT)), before)
    assert border.steps.tolist() == [0] * COUNT


def test_the_frames_that_stand_for_the_clip_are_solved_best(border: Scene) -> None:
    (chosen,) = border.representatives(1)
    once = step(1)(border, border.target, tools(border))
    errors = border.border_error(to_pixels(once(slice(0, COUNT))), Workspace())
    assert errors.argmin() == chosen


@pytest.mark.parametrize(("name", "value"), [("from_px", 0), ("content_weight", -1.0), ("ridge", -1e-9)])
def test_impossible_settings_are_refused(name: str, value: float) -> None:
    with pytest.raises(SettingsError, match=rf"{name} is {value}; use at least"):
        step(None, **{name: value})
