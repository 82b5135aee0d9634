"""The stitching stages as a whole, on a tiny generator."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from stitch_exp.errors import ConfigError
from stitch_exp.losses.border import BorderLoss
from stitch_exp.networks.roles import Heads
from stitch_exp.stitching.base import Step
from stitch_exp.stitching.closed_form import ClosedForm
from stitch_exp.stitching.frame_tuning import FrameTuning
from stitch_exp.stitching.masks import MaskRule
from stitch_exp.stitching.membrane import Membrane
from stitch_exp.stitching.scene import Scene
from stitch_exp.stitching.shared_tuning import SharedTuning
from stitch_exp.stitching.stitcher import Stitcher
from stitch_exp.types import EditedLatents, StitchedCrops, StyleSpace, Workspace
from tests.small_clip import CPU, SIDE, Notes, clip_of, cpu_trainer, disc, moved, tiny_generator, untuned

MASKS = {"mask": "source", "border_px": 64, "inner_px": 0, "outer_px": 128, "whole_border": False}
LOSS = BorderLoss("l2", 0.01)
SOLVED = ClosedForm(from_px=4, content_weight=0.03, ridge=1e-6, num_keyframes=None)
SHARED = SharedTuning(
    num_passes=4, num_keyframes=2, batch_size=2, learning_rate=2e-3, precision="32-true", seed=0, loss=LOSS
)
PUBLISHED = FrameTuning(num_steps=8, learning_rate=5e-3, carry=False, stop_border=0.0, stop_ratio=0.0, loss=LOSS)
CARRIED = replace(PUBLISHED, num_steps=2, learning_rate=2e-3, carry=True)
FIELD = Membrane((128.0, 64.0, 32.0))
COUNT = 2


def parts(segmenter: object = disc, **masks: object) -> dict[str, object]:
    rule = MaskRule(**(MASKS | masks))
    return {
        "masks": rule,
        "tuned_share": 1.0,
        "truncation_psi": 1.0,
        "render_batch": 2,
        "generator": tiny_generator(),
        "segmenter": segmenter,
        "device": CPU,
    }


def stitcher(*steps: Step, segmenter: object = disc, **masks: object) -> Stitcher:
    return Stitcher(steps=steps, **parts(segmenter, **masks), trainer=cpu_trainer)


def stitched(stage: object, edited: EditedLatents | None = None, work: Workspace | None = None) -> StitchedCrops:
    generator = tiny_generator()
    return stage(clip_of(generator, COUNT), untuned(generator, COUNT), edited or moved(COUNT), work or Workspace())


@pytest.mark.parametrize(
    "steps",
    [
        [PUBLISHED],
        [SOLVED],
        [replace(SOLVED, num_keyframes=2)],
        [replace(SHARED, num_passes=8, learning_rate=5e-3), CARRIED],
        [SHARED, replace(PUBLISHED, num_steps=6)],
        [FIELD],
        [SHARED, SOLVED, FIELD],
        [PUBLISHED, FIELD],
    ],
    ids=lambda steps: " ".join(type(step).__name__ for step in steps),
)
def test_every_list_halves_the_border_error(steps: list[Step]) -> None:
    result = stitched(stitcher(*steps))
    assert result.border_after.mean() < 0.5 * result.border_before.mean()
    assert not np.array_equal(result.crops, result.edited)


@pytest.mark.parametrize(
    "steps", [[FIELD, SHARED], [SOLVED, SHARED], [PUBLISHED, SOLVED], [SHARED, FIELD, SOLVED]], ids=str
)
def test_a_step_that_would_undo_another_is_refused(steps: list[Step]) -> None:
    with pytest.raises(ConfigError, match=f"stitching.steps.{len(steps) - 1} is {type(steps[-1]).__name__}.* undo"):
        stitcher(*steps)


@pytest.mark.parametrize(
    "steps",
    [[replace(PUBLISHED, learning_rate=10.0)], [replace(CARRIED, learning_rate=10.0)],
     [replace(SHARED, learning_rate=10.0), FIELD]],
    ids=["alone", "carried", "shared"],
)  # fmt: skip
def test_frames_that_stitching_spoils_are_pasted_as_edited(steps: list[Step], caplog: pytest.LogCaptureFixture) -> None:
    """All numbers stay finite, yet what the generator makes with such weights is no face."""
    result = stitched(stitcher(*steps))
    if isinstance(steps[-1], FrameTuning):
        assert np.array_equal(result.crops, result.edited) and np.array_equal(result.border_before, result.border_after)
        assert f"in {COUNT} of {COUNT} frames" in caplog.text
    assert (result.border_after <= 1.5 * result.border_before).all()


def test_without_stitching_the_edit_is_pasted_as_it_is() -> None:
    result = stitched(stitcher())
    assert np.array_equal(result.crops, result.edited) and np.array_equal(result.border_before, result.border_after)
    assert result.steps.tolist() == [0] * COUNT
    assert set(np.unique(result.foreground)) == {0, 255} and (result.masks >= result.foreground).all()


def test_solution_beats_gradient_steps_on_their_own_objective() -> None:
    steps, solved = stitched(stitcher(PUBLISHED)), stitched(stitcher(replace(SOLVED, content_weight=0.01)))
    assert solved.border_after.mean() < steps.border_after.mean()


def test_the_field_alone_renders_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Scene, "render")
    result = stitched(stitcher(Membrane((128.0,))))
    assert result.border_after.mean() < result.border_before.mean()


def test_steps_are_counted_and_stop_early() -> None:
    notes = Notes()
    result = stitched(stitcher(replace(PUBLISHED, stop_border=1e9)), work=notes.work)
    assert result.steps.tolist() == [0] * COUNT and len(notes.rows) == COUNT
    assert stitched(stitcher(replace(PUBLISHED, stop_ratio=2.0))).steps.tolist() == [0] * COUNT
    both = [replace(SHARED, num_passes=2, num_keyframes=None), replace(CARRIED, num_steps=3)]
    assert stitched(stitcher(*both)).steps.tolist() == [5] * COUNT


def test_frames_do_not_depend_on_their_neighbours() -> None:
    whole = stitched(stitcher(replace(PUBLISHED, num_steps=3)))
    generator, edited = tiny_generator(), moved(COUNT)
    clip, tuned = clip_of(generator, COUNT), untuned(generator, COUNT)
    known = {field.name: getattr(clip, field.name) for field in fields(clip) if field.name not in ("status",)}
    alone = {name: value[-1:] for name, value in known.items() if value is not None}
    last = stitcher(replace(PUBLISHED, num_steps=3))(
        replace(clip, **alone), tuned, replace(edited, latents=edited.latents[-1:]), Workspace()
    )
    assert np.abs(last.crops[0].astype(int) - whole.crops[-1]).max() <= 1


def test_style_space_codes() -> None:
    codes = moved(COUNT)
    styles = StyleSpace(tuple(tiny_generator().style_space(codes.latents.codes)))
    edited = replace(codes, latents=styles)
    for step in (replace(PUBLISHED, num_steps=3), SOLVED):
        result = stitched(stitcher(step), edited)
        assert result.border_after.mean() < result.border_before.mean()


def nothing(crops: np.ndarray, landmarks: np.ndarray) -> Heads:
    return Heads(np.zeros(crops.shape[:3], np.float32))


@pytest.mark.parametrize(
    "steps", [[replace(PUBLISHED, num_steps=2)], [SHARED, SOLVED, FIELD]], ids=["published", "fast"]
)
def test_empty_masks_give_no_nan(steps: list[Step]) -> None:
    result = stitched(stitcher(*steps, segmenter=nothing))
    assert np.isfinite(result.border_after).all() and np.isfinite(result.leak).all()
    assert result.masks.max() == 0


class Growing:
    """The source's head is a disc, the edited one has hair above it."""

    def __init__(self) -> None:
        self.source = clip_of(tiny_generator(), COUNT).crops

    def __call__(self, crops: np.ndarray, landmarks: np.ndarray) -> Heads:
        masks = disc(crops, landmarks).outline
        if not any(np.array_equal(crops[0], frame) for frame in self.source):
            masks[:, : SIDE // 2, 12:20] = 1
        return Heads(masks)


def test_union_keeps_what_the_edit_has_grown() -> None:
    cut = stitched(stitcher(segmenter=Growing(), outer_px=32))
    kept = stitched(stitcher(segmenter=Growing(), outer_px=32, mask="union"))
    assert (cut.leak > 0).all() and np.array_equal(cut.leak, kept.leak)
    assert not cut.foreground[:, 0, 15].any() and kept.foreground[:, 0, 15].all()


def test_the_tuned_state_is_left_alone() -> None:
    generator = tiny_generator()
    tuned = untuned(generator, COUNT)
    before = {key: value.clone() for key, value in tuned.state.items()}
    stitcher(SHARED, CARRIED)(clip_of(generator, COUNT), tuned, moved(COUNT), Workspace())
    assert all(torch.equal(before[key], value) for key, value in tuned.state.items())
