"""The stitching stages as a whole, on a tiny generator."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from stitch_exp.stitching.border import BorderStitching
from stitch_exp.stitching.border_fast import FastBorderStitching
from stitch_exp.stitching.masks import MaskRule
from stitch_exp.stitching.none import NoStitching
from stitch_exp.stitching.scene import Scene
from stitch_exp.stitching.settings import ClosedForm, FrameSteps, SharedSteps
from stitch_exp.types import EditedLatents, StitchedCrops, StyleSpace, Workspace
from tests.small_clip import CPU, SIDE, Notes, clip_of, cpu_trainer, disc, moved, tiny_generator, untuned

MASKS = {"mask": "source", "border_px": 64, "inner_px": 0, "outer_px": 128, "whole_border": False}
SOLVE = ClosedForm(from_px=4, content_weight=0.03, ridge=1e-6, each_frame=True)
SHARED = SharedSteps(passes=0, batch=2, learning_rate=2e-3, num_keyframes=2, seed=0, precision="32-true")
FRAMES = FrameSteps(steps=0, learning_rate=2e-3, carry=True, stop_ratio=0.0)
FAST = {
    "solve": SOLVE, "membrane_px": (), "shared": SHARED, "frames": FRAMES, "content_weight": 0.01, "distance": "l2",
}  # fmt: skip
FAITHFUL = {"num_steps": 8, "learning_rate": 5e-3, "content_weight": 0.01, "distance": "l2", "stop_border": 0.0}
COUNT = 2


def parts(segmenter: object = disc, **masks: object) -> dict[str, object]:
    rule = MaskRule(**(MASKS | masks))
    return {"masks": rule, "render_batch": 2, "generator": tiny_generator(), "segmenter": segmenter, "device": CPU}


def border(**changes: object) -> BorderStitching:
    return BorderStitching(**(FAITHFUL | changes), **parts(), trainer=cpu_trainer)


def fast(**changes: object) -> FastBorderStitching:
    return FastBorderStitching(**(FAST | changes), **parts(), trainer=cpu_trainer)


def stitched(stage: object, edited: EditedLatents | None = None, work: Workspace | None = None) -> StitchedCrops:
    generator = tiny_generator()
    return stage(clip_of(generator, COUNT), untuned(generator, COUNT), edited or moved(COUNT), work or Workspace())


@pytest.mark.parametrize(
    "stage",
    [
        border(),
        fast(),
        fast(solve=replace(SOLVE, each_frame=False)),
        fast(frames=replace(FRAMES, steps=2)),
        fast(solve=None, shared=replace(SHARED, passes=8, learning_rate=5e-3), frames=replace(FRAMES, steps=2)),
        fast(
            solve=None,
            shared=replace(SHARED, passes=4),
            frames=FrameSteps(steps=6, learning_rate=5e-3, carry=False, stop_ratio=0.0),
        ),
        fast(solve=None, membrane_px=(128.0, 64.0, 32.0)),
    ],
    ids=[
        "faithful",
        "solved",
        "solved together",
        "steps and solved",
        "shared and carried",
        "shared and reset",
        "field",
    ],
)
def test_every_method_halves_the_border_error(stage: object) -> None:
    result = stitched(stage)
    assert result.border_after.mean() < 0.5 * result.border_before.mean()
    assert not np.array_equal(result.crops, result.edited)


def test_without_stitching_the_edit_is_pasted_as_it_is() -> None:
    result = stitched(NoStitching(**parts()))
    assert np.array_equal(result.crops, result.edited) and np.array_equal(result.border_before, result.border_after)
    assert result.steps.tolist() == [0] * COUNT
    assert set(np.unique(result.foreground)) == {0, 255} and (result.masks >= result.foreground).all()


def test_solution_beats_gradient_steps_on_their_own_objective() -> None:
    steps, solved = stitched(border()), stitched(fast(solve=replace(SOLVE, content_weight=0.01)))
    assert solved.border_after.mean() < steps.border_after.mean()


def test_the_field_alone_renders_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Scene, "render")
    result = stitched(fast(solve=None, membrane_px=(128.0,)))
    assert result.border_after.mean() < result.border_before.mean()


def test_steps_are_counted_and_stop_early() -> None:
    notes = Notes()
    result = stitched(border(stop_border=1e9), work=notes.work)
    assert result.steps.tolist() == [0] * COUNT and len(notes.rows) == COUNT
    assert stitched(fast(frames=replace(FRAMES, steps=3))).steps.tolist() == [3] * COUNT
    assert stitched(fast(shared=replace(SHARED, passes=2, num_keyframes=None))).steps.tolist() == [2] * COUNT


def test_frames_do_not_depend_on_their_neighbours() -> None:
    whole = stitched(border(num_steps=3))
    generator, edited = tiny_generator(), moved(COUNT)
    clip, tuned = clip_of(generator, COUNT), untuned(generator, COUNT)
    alone = {field.name: getattr(clip, field.name)[-1:] for field in fields(clip) if field.name not in ("status",)}
    last = border(num_steps=3)(replace(clip, **alone), tuned, replace(edited, latents=edited.latents[-1:]), Workspace())
    assert np.abs(last.crops[0].astype(int) - whole.crops[-1]).max() <= 1


def test_style_space_codes() -> None:
    codes = moved(COUNT)
    styles = StyleSpace(tuple(tiny_generator().style_space(codes.latents.codes)))
    edited = replace(codes, latents=styles)
    for stage in (border(num_steps=3), fast()):
        result = stitched(stage, edited)
        assert result.border_after.mean() < result.border_before.mean()


def nothing(crops: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    return np.zeros(crops.shape[:3], np.float32)


@pytest.mark.parametrize("kind", [BorderStitching, FastBorderStitching])
def test_empty_masks_give_no_nan(kind: type) -> None:
    settings = FAITHFUL if kind is BorderStitching else FAST | {"frames": replace(FRAMES, steps=1)}
    settings = settings | {"num_steps": 2} if kind is BorderStitching else settings
    result = stitched(kind(**settings, **parts(nothing), trainer=cpu_trainer))
    assert np.isfinite(result.border_after).all() and np.isfinite(result.leak).all()
    assert result.masks.max() == 0


class Growing:
    """The source's head is a disc, the edited one has hair above it."""

    def __init__(self) -> None:
        self.source = clip_of(tiny_generator(), COUNT).crops

    def __call__(self, crops: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        masks = disc(crops, landmarks)
        if not any(np.array_equal(crops[0], frame) for frame in self.source):
            masks[:, : SIDE // 2, 12:20] = 1
        return masks


def test_union_keeps_what_the_edit_has_grown() -> None:
    cut = stitched(NoStitching(**parts(Growing(), outer_px=32)))
    kept = stitched(NoStitching(**parts(Growing(), outer_px=32, mask="union")))
    assert (cut.leak > 0).all() and np.array_equal(cut.leak, kept.leak)
    assert not cut.foreground[:, 0, 15].any() and kept.foreground[:, 0, 15].all()


def test_the_tuned_state_is_left_alone() -> None:
    generator = tiny_generator()
    tuned = untuned(generator, COUNT)
    before = {key: value.clone() for key, value in tuned.state.items()}
    fast(frames=replace(FRAMES, steps=1))(clip_of(generator, COUNT), tuned, moved(COUNT), Workspace())
    assert all(torch.equal(before[key], value) for key, value in tuned.state.items())
