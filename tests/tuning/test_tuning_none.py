"""No tuning: the model's generator renders the pivots."""

import numpy as np
import pytest
import torch

from stitch_exp.errors import DivergenceError, SettingsError
from stitch_exp.ops.ranges import to_pixels
from stitch_exp.tuning.none import NoTuning
from stitch_exp.types import Pivots, TunedGenerator, Workspace
from tests.small_clip import CPU, clip_of, codes, tiny_generator

COUNT = 3


def tuned(pivots: Pivots, render_batch: int = 2) -> TunedGenerator:
    stage = NoTuning(render_batch=render_batch, generator=tiny_generator(), device=CPU)
    return stage(clip_of(tiny_generator(), COUNT), pivots, Workspace())


@pytest.mark.parametrize("render_batch", [1, 2, 3, 64])
def test_inversions_are_the_model_s_pictures_of_the_pivots(render_batch: int) -> None:
    found = tuned(Pivots(codes(COUNT)), render_batch)
    assert np.abs(found.inversions.astype(int) - to_pixels(tiny_generator()(codes(COUNT)))).max() <= 1
    assert torch.equal(found.pivots, codes(COUNT)) and found.losses.shape == (0,)


def test_the_state_is_the_model_s() -> None:
    state = tiny_generator().state_dict()
    found = tuned(Pivots(codes(COUNT))).state
    assert found.keys() == state.keys() and all(torch.equal(found[key], value) for key, value in state.items())
    assert not any(value.requires_grad for value in found.values())


def test_the_encoder_s_offsets_are_in_the_state() -> None:
    name = "synthesis.b8.conv1.weight"
    plain = tiny_generator().state_dict()[name]
    offset = 0.25 * torch.ones_like(plain)
    found = tuned(Pivots(codes(COUNT), {name: offset}))
    torch.testing.assert_close(found.state[name], plain * 1.25)
    generator = tiny_generator()
    generator.load_state_dict(found.state)
    assert np.abs(found.inversions.astype(int) - to_pixels(generator(codes(COUNT)))).max() <= 1


def test_a_code_that_is_no_number_stops_and_names_its_face() -> None:
    broken = codes(COUNT)
    broken[1, 0, 0] = torch.nan
    with pytest.raises(DivergenceError, match="rendering inversions: face 1 of 3 is not made of numbers"):
        tuned(Pivots(broken))


def test_no_frames_at_once_is_refused() -> None:
    with pytest.raises(SettingsError, match="render_batch is 0; use at least 1"):
        NoTuning(render_batch=0, generator=tiny_generator(), device=CPU)
