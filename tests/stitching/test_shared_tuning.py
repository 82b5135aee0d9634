"""Border tuning of a whole clip at once."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from stitch_exp.errors import SettingsError
from stitch_exp.losses.border import BorderLoss
from stitch_exp.networks.tuned import tunable_copy
from stitch_exp.ops.ranges import to_pixels
from stitch_exp.stitching.base import Scope, Tools
from stitch_exp.stitching.scene import Scene
from stitch_exp.stitching.shared_tuning import SharedTuner, SharedTuning
from stitch_exp.types import Workspace
from tests.small_clip import CPU, Notes, clip_of, codes, cpu_trainer, tiny_generator
from tests.stitching.flat_scene import scene

COUNT = 3
LOSS = BorderLoss("l2", 0.05)
STEP = SharedTuning(
    num_passes=2, num_keyframes=None, batch_size=2, learning_rate=2e-3, precision="32-true", seed=0, loss=LOSS
)


@pytest.fixture
def border() -> Scene:
    made = scene(COUNT, generator=tunable_copy(tiny_generator(), CPU))
    made.crops[:] = clip_of(tiny_generator(), COUNT).crops
    made.edited[:] = to_pixels(tiny_generator()(codes(COUNT)))
    return made


def tuned(border: Scene, step: SharedTuning, work: Workspace | None = None) -> torch.Tensor:
    images = step(border, border.target, Tools(cpu_trainer, work or Workspace(), np.zeros_like(border.crops)))
    return images(slice(0, len(border)))


def test_updates_and_passes_are_counted(border: Scene) -> None:
    notes = Notes()
    tuned(border, STEP, notes.work)
    assert border.steps.tolist() == [2, 2, 2] and [row["step"] for row in notes.rows] == [1, 2, 3, 4]
    assert {"loss", "border", "content", "stage"} <= notes.rows[0].keys() and notes.rows[0]["stage"] == "stitching"


def test_only_representatives_are_seen(border: Scene) -> None:
    tuned(border, replace(STEP, num_keyframes=1))
    expected = [0] * COUNT
    expected[border.representatives(1)[0]] = 2
    assert border.steps.tolist() == expected


def test_the_border_comes_closer_in_frames_it_never_saw(border: Scene) -> None:
    before = border.border_error(border.edited, Workspace())
    images = tuned(border, replace(STEP, num_keyframes=1, num_passes=10))
    assert (border.border_error(to_pixels(images), Workspace()) < 0.8 * before).all()


def test_the_same_seed_gives_the_same_weights() -> None:
    results = []
    for seed in (0, 0, 1):
        made = scene(COUNT, generator=tunable_copy(tiny_generator(), CPU))
        made.crops[:] = clip_of(tiny_generator(), COUNT).crops
        results.append(tuned(made, replace(STEP, seed=seed, batch_size=1)))
    assert torch.equal(results[0], results[1]) and not torch.equal(results[0], results[2])


def test_terms_are_means_of_the_loss_over_the_batch(border: Scene) -> None:
    tuner = SharedTuner(border, LOSS, 1e-3, 10)
    index = torch.tensor([2, 0])
    terms = tuner.training_step(index, 0)
    singly = [tuner.training_step(one, 0) for one in index.split(1)]
    for name in ("loss", "border", "content"):
        assert float(terms[name].detach()) == pytest.approx(
            float(sum(each[name].detach() for each in singly)) / 2, rel=1e-4
        )


def test_only_the_synthesis_network_is_trained(border: Scene) -> None:
    tuner = SharedTuner(border, LOSS, 1e-3, 10)
    assert all(name.startswith("synthesis.") for name, _ in tuner.named_parameters())
    made = tuner.configure_optimizers()
    assert made["lr_scheduler"]["interval"] == "step"


def test_it_changes_the_clip_s_weights_and_refuses_impossible_settings() -> None:
    assert STEP.scope is Scope.CLIP
    with pytest.raises(SettingsError, match="batch_size is 0; use at least 1; learning_rate is 0; use more than 0"):
        replace(STEP, batch_size=0, learning_rate=0)
