"""The line for everybody: artefacts of their own, and all faces in the same frames."""

from pathlib import Path

import numpy as np
import pytest
import torch
from made_faces import Scripted, clip, face

from stitch_exp.aligner import Aligner
from stitch_exp.composite import Delta, Paste
from stitch_exp.console.progress import Costs
from stitch_exp.metrics.suite import Suite
from stitch_exp.pipeline import Stages, run_for_everybody
from stitch_exp.store import Store
from stitch_exp.types import EditedLatents, Pivots, StitchedCrops, TunedGenerator, Workspace, WPlus
from tests.small_clip import disc
from tests.small_run import FakeIdentity, FakePerceptual

SIDE, FRAMES = 32, 8
NEAR, FAR = face(40, 50, 14), face(110, 50, 12)
SCRIPT = [[FAR, NEAR] if t < 5 else [NEAR] for t in range(FRAMES)]
DELTA = Delta(
    change="edited", feather_px=100.0, edge_fade=0.1, largest_motion=0.0, keep_missed=False, keep_in_front=False,
    keep_skin_colour=False, paste_from=None, paste_above=96.0,
)  # fmt: skip


def aligner(follow):
    return Aligner(
        detector=Scripted(SCRIPT), recogniser=None, resolution=SIDE, follow=follow, min_score=0.5, min_face_px=10.0,
        min_person_frames=4, max_gap_frames=2, fade_frames=1, sigma_center_frames=1.0, sigma_axes_frames=3.0, scale=1.0,
        padding="black", resample="area",
    )  # fmt: skip


def codes(aligned, work):
    return Pivots(torch.from_numpy(aligned.crops.astype(np.float32)).mean((1, 2))[:, None])


def tuned(aligned, pivots, work):
    work.log("tuning", {"loss": float(pivots.codes.mean())})
    return TunedGenerator({}, pivots.codes, aligned.crops.copy(), np.zeros(0))


def stitched(aligned, tuned, edited, work):
    """The negative of each crop, inside a disc."""
    mask = (disc(aligned.crops, aligned.landmarks).outline * 255).astype(np.uint8)
    zeros = np.zeros(len(mask))
    negative = 255 - aligned.crops
    return StitchedCrops(negative, negative, mask, mask, zeros, zeros, zeros, np.zeros(len(mask), int))


def stages(composite, strength=1.0, follow="all"):
    return Stages(
        video=lambda: clip(FRAMES),
        aligner=aligner(follow),
        encoder=codes,
        tuning=tuned,
        edit=lambda tuned, work: EditedLatents(WPlus(tuned.pivots + strength), "shift", {"shift": strength}),
        stitching=stitched,
        composite=composite,
        metrics=Suite(
            names=["background", "edit_strength"], min_similarity=-1.0, flow_side_px=64, identity=FakeIdentity(),
            perceptual=FakePerceptual(), device=torch.device("cpu"),
        ),
    )  # fmt: skip


def ran(folder: Path, composite=DELTA, strength=1.0, work=None):
    store = Store(folder, {"edit": str(strength)})
    return run_for_everybody(stages(composite, strength), store, work or Workspace(), Costs().measure)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def result(folder):
    return ran(folder)


@pytest.mark.parametrize("composite", [DELTA, Paste(keep_in_front=False)])
def test_each_face_is_edited_as_alone_and_nothing_else_is_touched(tmp_path, composite):
    made = ran(tmp_path, composite)
    alone = [[np.asarray(frame) for frame in one.composed.clip.frames] for one in made.people]
    for t, (source, both) in enumerate(zip(made.clip.frames, made.composed.clip.frames, strict=True)):
        changed = [(frames[t] != source).any(-1) for frames in alone]
        assert not (changed[0] & changed[1]).any() and changed[0].any() and changed[1].any() == (t < 5)
        expected = source.copy()
        for frames, where in zip(alone, changed, strict=True):
            expected[where] = frames[t][where]
        np.testing.assert_array_equal(both, expected)
        np.testing.assert_array_equal(made.composed.clip.frames[t], expected)


def test_the_first_person_lies_on_top(tmp_path, monkeypatch):
    monkeypatch.setattr("test_people.SCRIPT", [[NEAR, face(58, 50, 12)]] * FRAMES)
    made = ran(tmp_path, Paste(keep_in_front=False))
    source, both = np.asarray(made.clip.frames[3]), np.asarray(made.composed.clip.frames[3])
    first, second = (np.asarray(one.composed.clip.frames[3]) for one in made.people)
    overlap = (first != source).any(-1) & (second != source).any(-1)
    as_first, as_second = ((both == one)[overlap].all(-1).mean() for one in (first, second))
    assert overlap.sum() > 20 and as_first > 0.8 > as_second + 0.3  # but for its soft edge


def test_each_has_artefacts_of_their_own_and_a_second_edit_reuses_them(folder, result):
    counts = {stage: len([*(folder / stage).glob("*/meta.json")]) for stage in ("aligner", "encoder", "tuning", "edit")}
    assert counts == {"aligner": 3, "encoder": 2, "tuning": 2, "edit": 2}
    assert result.reused == ()
    assert ran(folder).reused == ("aligner", "encoder", "tuning", "edit", "stitching")
    other = ran(folder, strength=2.0)
    assert other.reused == ("aligner", "encoder", "tuning")
    assert [len(one.aligned.crops) for one in other.people] == [8, 5]


def test_what_is_told_of_the_clip(result):
    values = {item.name: item for item in result.report.results}
    assert values["people"].value == 2 and values["people"].per_frame.tolist() == [2] * 5 + [1] * 3
    assert values["frames"].value == FRAMES and values["frames_passed"].value == 0
    each = [next(item.value for item in one.report.results if item.name == "edit_change") for one in result.people]
    assert values["edit_change"].value == pytest.approx(np.mean(each))
    assert values["edit_change"].note == f"Mean over people: {each[0]:.4g}, {each[1]:.4g}"
    assert values["background_change"].value == 0
    kinds = [item.kind for item in result.composed.treatments]
    assert kinds == ["edited"] * 8 and result.composed.status == ("detected",) * 8
    assert result.composed.treatments[7].reason == "person 1: edited; person 2: no face found"
    assert result.composed.treatments[4].reason == "person 1: edited; person 2: 50% of the edit"


def test_losses_and_progress_tell_people_apart(tmp_path):
    logged, shown = [], []

    def track(items, description, total=None):
        shown.append(description)
        return iter(items)

    ran(tmp_path, work=Workspace(track=track, log=lambda stage, values: logged.append(stage)))
    assert logged == ["tuning/1", "tuning/2"]
    assert {"finding the faces", "1: cropping", "2: cropping"} <= set(shown)
