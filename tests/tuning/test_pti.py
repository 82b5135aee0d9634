"""The tuning stage as a whole: what it hands on, what it leaves alone, and that it goes on after a stop."""

from pathlib import Path

import numpy as np
import pytest
import torch

from stitch_exp.errors import ConfigError
from stitch_exp.networks.pyramid import Pyramid
from stitch_exp.ops.ranges import to_unit
from stitch_exp.tuning.none import NoTuning
from stitch_exp.tuning.pti import PivotalTuning
from stitch_exp.types import Pivots, Workspace
from tests.small_clip import CPU, Notes, clip_of, codes, cpu_trainer, tiny_generator

SETTINGS = {
    "num_passes": 4,
    "batch_size": 2,
    "learning_rate": 3e-3,
    "kernel_rate": 0.0,
    "schedule": "cosine",
    "shuffle": True,
    "num_keyframes": None,
    "l2_weight": 10.0,
    "perceptual_weight": 1.0,
    "perceptual_px": None,
    "cache_features": True,
    "stop_loss": 0.0,
    "stop_gain": 0.0,
    "locality_weight": 0.0,
    "locality_distance": 30.0,
    "render_batch": 4,
    "checkpoint_passes": 1,
    "seed": 0,
}


def stage(**changes: object) -> PivotalTuning:
    return PivotalTuning(
        **(SETTINGS | changes),
        generator=changes.pop("generator", None) or tiny_generator(),
        perceptual=Pyramid(num_levels=2, resize_px=None),
        trainer=cpu_trainer,
        device=CPU,
    )


def error(images: np.ndarray, wanted: np.ndarray) -> float:
    return float((to_unit(images) - to_unit(wanted)).square().mean())


def test_tuning_lowers_the_error_and_says_so() -> None:
    clip, notes = clip_of(tiny_generator(), 5), Notes()
    before = NoTuning(render_batch=2, generator=tiny_generator(), device=CPU)(clip, Pivots(codes(5)), Workspace())
    tuned = stage()(clip, Pivots(codes(5)), notes.work)
    assert error(tuned.inversions, clip.crops) < 0.7 * error(before.inversions, clip.crops)
    assert len(tuned.losses) == 4 and tuned.losses[-1] < tuned.losses[0]
    assert len(notes.rows) == 4 * 3 and {"stage", "loss", "l2", "perceptual", "step"} <= set(notes.rows[0])


def test_all_passes_run_when_nothing_may_stop_them() -> None:
    """Even a rate so large that the loss rises does not end tuning early."""
    clip = clip_of(tiny_generator(), 2)
    tuned = stage(learning_rate=0.5, schedule="constant")(clip, Pivots(codes(2)), Workspace())
    assert len(tuned.losses) == 4
    assert (np.diff(tuned.losses) > 0).any()


def test_state_renders_the_inversions() -> None:
    clip = clip_of(tiny_generator(), 3)
    tuned = stage(num_passes=1)(clip, Pivots(codes(3)), Workspace())
    generator = tiny_generator()
    generator.load_state_dict(tuned.state)
    assert error(np.rint((generator(codes(3)).clamp(-1, 1).movedim(1, -1).numpy() + 1) * 127.5).astype(np.uint8),
                 tuned.inversions) < 1e-4  # fmt: skip


def test_the_model_and_its_mapping_are_left_alone() -> None:
    generator = tiny_generator()
    before = {key: value.clone() for key, value in generator.state_dict().items()}
    tuner = stage(num_passes=1)
    tuner.generator = generator
    tuned = tuner(clip_of(generator, 2), Pivots(codes(2)), Workspace())
    assert all(torch.equal(before[key], value) for key, value in generator.state_dict().items())
    assert all(torch.equal(before[key], tuned.state[key]) for key in before if key.startswith("mapping."))
    assert all(parameter.grad is None for parameter in generator.parameters())


class Stopped(Exception):
    """What a killed run looks like from inside."""


@pytest.mark.parametrize("kernel_rate", [0.0, 0.1], ids=["adam", "muon"])
def test_an_interrupted_tuning_ends_like_one_that_was_not(tmp_path: Path, kernel_rate: float) -> None:
    clip = clip_of(tiny_generator(), 3)
    changes = {"shuffle": False, "locality_weight": 0.1, "kernel_rate": kernel_rate}
    whole = stage(**changes)(clip, Pivots(codes(3)), Workspace())

    def stop_in_third_pass(name: str, values: object) -> None:
        if values["step"] == 5:
            raise Stopped

    with pytest.raises(Stopped):
        stage(**changes)(clip, Pivots(codes(3)), Workspace(log=stop_in_third_pass, scratch=tmp_path))
    notes = Notes(tmp_path)
    resumed = stage(**changes)(clip, Pivots(codes(3)), notes.work)
    assert notes.rows[0]["step"] == 5
    assert np.allclose(resumed.losses, whole.losses, rtol=1e-5)
    assert all(torch.allclose(resumed.state[key], whole.state[key], atol=1e-5) for key in whole.state)


@pytest.mark.parametrize("change", [{"stop_loss": 1e9}, {"stop_gain": 0.99}])
def test_early_stop(change: dict[str, float]) -> None:
    tuned = stage(**change)(clip_of(tiny_generator(), 2), Pivots(codes(2)), Workspace())
    assert len(tuned.losses) == (1 if "stop_loss" in change else 2)


def test_cached_features_change_nothing() -> None:
    clip = clip_of(tiny_generator(), 3)
    runs = [stage(cache_features=cache, num_passes=2)(clip, Pivots(codes(3)), Workspace()) for cache in (True, False)]
    assert np.allclose(runs[0].losses, runs[1].losses, rtol=1e-5)


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ConfigError, match="num_passes is 0"):
        stage(num_passes=0)
    with pytest.raises(ConfigError, match="batch_size"):
        stage(batch_size=0)
