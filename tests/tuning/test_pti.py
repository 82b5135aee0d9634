"""The tuning stage as a whole: what it hands on, what it leaves alone, and that it goes on after a stop."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from stitch_exp.errors import ConfigError, DivergenceError
from stitch_exp.faces.mesh import Mesh
from stitch_exp.losses.reconstruction import Reconstruction
from stitch_exp.ops.ranges import to_unit
from stitch_exp.perceptual.pyramid import Pyramid
from stitch_exp.tuning.none import NoTuning
from stitch_exp.tuning.pti import PivotalTuning
from stitch_exp.tuning.search import PivotSearch
from stitch_exp.tuning.settings import Frames, LocalityRule, Stop, Updates
from stitch_exp.types import Pivots, TunedGenerator, Workspace
from tests.small_clip import CPU, Notes, clip_of, codes, cpu_trainer, tiny_generator

SEARCH = PivotSearch(
    num_updates=0,
    num_steps=0,
    num_updates_after=0,
    px=16,
    learning_rate=0.1,
    pull=0.0,
    num_components=64,
    frame_components=64,
    frame_pull=1e-3,
    sigma_frames=0.0,
    l2_weight=20.0,
    landmark_weight=0.0,
    mesh=Mesh(),
    seed=0,
)
SETTINGS = {
    "num_passes": 4,
    "from_px": 4,
    "search": SEARCH,
    "cache_features": True,
    "locality": LocalityRule(0.0, 30.0),
    "loss": Reconstruction(10.0, 1.0, None),
    "render_batch": 4,
    "checkpoint_passes": 1,
}
PARTS = {
    "updates": Updates(3e-3, 0.0, "cosine", "32-true", at_least=0),
    "frames": Frames(num_keyframes=None, batch_size=2, shuffle=True, seed=0),
    "stop": Stop(0.0, 0.0),
}


def stage(**changes: object) -> PivotalTuning:
    """The stage with these settings; those of `PARTS` are named flatly."""
    parts = {}
    for name, part in PARTS.items():
        own = {field.name: changes.pop(field.name) for field in fields(part) if field.name in changes}
        parts[name] = replace(part, **own)
    return PivotalTuning(
        **(SETTINGS | changes | parts),
        generator=tiny_generator(),
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
    tuned = stage(learning_rate=0.01, schedule="constant")(clip, Pivots(codes(2)), Workspace())
    assert len(tuned.losses) == 4
    assert (np.diff(tuned.losses) > 0).any()


@pytest.mark.parametrize(
    "settings",
    [
        {"learning_rate": 10.0},
        {"learning_rate": 0.5, "schedule": "constant"},
        {"search": replace(SEARCH, num_updates=8, learning_rate=10.0)},
    ],
    ids=["tuning", "tuning slowly", "moving the pivots"],
)
def test_a_face_that_is_lost_while_all_numbers_stay_finite_stops_the_run(settings: dict[str, object]) -> None:
    with pytest.raises(DivergenceError, match=r"lost the face.*lower tuning\.(updates|search)\.learning_rate"):
        stage(**settings)(clip_of(tiny_generator(), 2), Pivots(codes(2)), Workspace())


def test_where_a_tuning_began_is_known_after_a_stop(tmp_path: Path) -> None:
    """What is left of a face is compared with the untuned generator, not with what a checkpoint holds."""
    clip = clip_of(tiny_generator(), 2)
    notes = Notes(tmp_path)
    stage(num_passes=2, checkpoint_passes=1, learning_rate=1e-3)(clip, Pivots(codes(2)), notes.work)
    kept = torch.load(tmp_path / "tuning.ckpt", weights_only=False)["callbacks"]["Beginning"]
    assert sorted(kept["faces"]) == [0, 1] and kept["l2"] == pytest.approx(notes.rows[0]["l2"])


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
    changes = {"shuffle": False, "locality": LocalityRule(0.1, 30.0), "kernel_rate": kernel_rate}
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


@pytest.mark.parametrize("change", [{"loss": 1e9}, {"gain": 0.99}])
def test_early_stop(change: dict[str, float]) -> None:
    tuned = stage(**change)(clip_of(tiny_generator(), 2), Pivots(codes(2)), Workspace())
    assert len(tuned.losses) == (1 if "loss" in change else 2)


def test_cached_features_change_nothing() -> None:
    clip = clip_of(tiny_generator(), 3)
    runs = [stage(cache_features=cache, num_passes=2)(clip, Pivots(codes(3)), Workspace()) for cache in (True, False)]
    assert np.allclose(runs[0].losses, runs[1].losses, rtol=1e-5)


def test_a_short_clip_gets_more_passes() -> None:
    clip, notes = clip_of(tiny_generator(), 3), Notes()
    tuned = stage(num_passes=2, batch_size=1, at_least=10)(clip, Pivots(codes(3)), notes.work)
    assert len(tuned.losses) == 4 and len(notes.rows) == 12


def test_coarse_layers_are_left_alone() -> None:
    generator = tiny_generator()
    tuned = stage(from_px=16, kernel_rate=0.1)(clip_of(generator, 2), Pivots(codes(2)), Workspace())
    before = generator.state_dict()
    changed = {key.split(".")[1] for key, value in tuned.state.items() if not torch.equal(value, before[key])}
    assert changed == {"b16", "b32"}
    assert tuned.losses[-1] < tuned.losses[0]


def test_half_precision_tunes_as_well(tmp_path: Path) -> None:
    clip = clip_of(tiny_generator(), 3)
    whole, half = (stage(precision=name)(clip, Pivots(codes(3)), Workspace()) for name in ("32-true", "bf16-mixed"))
    assert half.losses[-1] == pytest.approx(whole.losses[-1], rel=0.1)
    assert all(value.dtype == torch.float32 for value in half.state.values())


@pytest.mark.parametrize(
    "change",
    [{"num_passes": 0}, {"batch_size": 0}, {"from_px": 64}],
    ids=lambda c: next(iter(c)),
)
def test_impossible_settings_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(change))):
        stage(**change)


def searched(away: torch.Tensor, **changes: object) -> tuple[TunedGenerator, TunedGenerator]:
    """Of a tuning that moves no weights: without a search, and with one."""
    clip, options = (
        clip_of(tiny_generator(), len(away)),
        {"num_passes": 1, "learning_rate": 1e-9, "schedule": "constant"},
    )
    plain = stage(**options)(clip, Pivots(away), Workspace())
    found = stage(**options, search=replace(SEARCH, **changes))(clip, Pivots(away), Workspace())
    assert torch.equal(plain.pivots, away)
    return plain, found


def test_the_common_offset_moves_all_pivots_alike_and_brings_them_closer() -> None:
    away = codes(3) + 0.5
    plain, found = searched(away, num_updates=60)
    steps = found.pivots - away
    torch.testing.assert_close(steps, steps[:1].expand_as(steps))
    source = clip_of(tiny_generator(), 3).crops
    assert error(found.inversions, source) < 0.5 * error(plain.inversions, source)


def test_frames_take_steps_of_their_own() -> None:
    away = codes(3) + torch.linspace(-0.4, 0.4, 3)[:, None, None]
    _, found = searched(away, num_updates=1, num_steps=2)
    steps = found.pivots - away
    assert not torch.allclose(steps[0], steps[2], atol=0.05)


def test_a_strong_pull_leaves_pivots_where_the_encoder_saw_them() -> None:
    away = codes(3) + 0.5
    _, found = searched(away, num_updates=30, num_steps=2, pull=1e6, frame_pull=1e9)
    assert float((found.pivots - away).abs().max()) < 0.05
