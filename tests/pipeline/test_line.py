"""One clip, one edit, stage after stage."""

from contextlib import contextmanager
from fractions import Fraction

import numpy as np
import pytest
import torch

from stitch_exp.pipeline.line import Line, Stages, run
from stitch_exp.store import Made, Store
from stitch_exp.types import (
    Clip,
    EditedClip,
    EditedLatents,
    MetricResult,
    Pivots,
    Report,
    StitchedCrops,
    TunedGenerator,
    Workspace,
    WPlus,
)
from tests.small_clip import clip_of, tiny_generator

ORDER = ["video", "aligner", "encoder", "tuning", "edit", "stitching", "composite", "metrics"]


class Frames(list):
    """A list is a frame source."""


@pytest.fixture(scope="module")
def aligned():
    return clip_of(tiny_generator(), 2)


class Recorder:
    """Stages that write down when they were called and with what."""

    def __init__(self, aligned, fails=""):
        self.aligned, self.fails, self.called, self.measured = aligned, fails, [], []

    def _stage(self, name, make):
        def stage(*inputs):
            self.called.append(name)
            if name == self.fails:
                raise ZeroDivisionError(name)
            return make(*inputs)

        return stage

    def stages(self, digest="d"):
        frames = Frames([np.zeros((4, 4, 3), np.uint8)] * 2)
        clip = Clip("c", frames, 4, 4, Fraction(25), np.arange(2), Fraction(1, 25), digest=digest)
        zeros = np.zeros(2)

        def stitched(aligned, tuned, edited, work):
            work.log("stitching", {"loss": 1.0})
            mask = np.zeros(aligned.crops.shape[:3], np.uint8)
            return StitchedCrops(aligned.crops, aligned.crops, mask, mask, zeros, zeros, zeros, np.zeros(2, int))

        made = {
            "video": lambda: clip,
            "aligner": lambda source, work: self.aligned,
            "encoder": lambda aligned, work: Pivots(torch.ones(2, 1, 3)),
            "tuning": lambda aligned, pivots, work: TunedGenerator({}, pivots.codes + 1, aligned.crops, np.zeros(0)),
            "edit": lambda tuned, work: EditedLatents(WPlus(tuned.pivots + 1), "shift", {"shift": 1.0}),
            "stitching": stitched,
            "composite": lambda clip, aligned, tuned, stitched, work: EditedClip(clip, aligned.status),
            "metrics": lambda *inputs: Report((MetricResult("inputs", float(len(inputs)), "", "none"),)),
        }
        return Stages(**{name: self._stage(name, make) for name, make in made.items()})

    @contextmanager
    def meter(self, name):
        self.measured.append(name)
        yield


def ran(recorder, folder, prints=None, work=None, digest="d"):
    return run(recorder.stages(digest), Store(folder, prints or {}), work or Workspace(), recorder.meter)


def test_stages_run_in_their_order_and_each_is_measured_once(aligned, tmp_path):
    recorder = Recorder(aligned)
    outcome = ran(recorder, tmp_path)
    assert recorder.called == recorder.measured == ORDER
    assert outcome.reused == () and outcome.edited.latents.codes[0, 0, 0] == 3
    assert outcome.report.results[0].value == 7


def test_what_was_made_before_is_read_and_only_composing_and_measuring_is_done_again(aligned, tmp_path):
    ran(Recorder(aligned), tmp_path)
    recorder = Recorder(aligned)
    outcome = ran(recorder, tmp_path)
    assert recorder.called == ["video", "composite", "metrics"]
    assert outcome.reused == ("aligner", "encoder", "tuning", "edit", "stitching")
    np.testing.assert_array_equal(outcome.aligned.crops, aligned.crops)


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ("edit", ["edit", "stitching"]),
        ("stitching", ["stitching"]),
        ("tuning", ["tuning", "edit", "stitching"]),
        ("aligner", ORDER[1:6]),
    ],
)
def test_another_setting_makes_its_stage_and_those_after_it_anew(aligned, tmp_path, changed, again):
    ran(Recorder(aligned), tmp_path)
    recorder = Recorder(aligned)
    ran(recorder, tmp_path, {changed: "other"})
    assert recorder.called == ["video", *again, "composite", "metrics"]


def test_another_clip_makes_everything_anew(aligned, tmp_path):
    ran(Recorder(aligned), tmp_path)
    recorder = Recorder(aligned)
    ran(recorder, tmp_path, digest="other")
    assert recorder.called == ORDER


def test_a_stage_that_fails_ends_the_line_and_leaves_what_was_made_before_it(aligned, tmp_path):
    with pytest.raises(ZeroDivisionError, match="edit"):
        ran(Recorder(aligned, fails="edit"), tmp_path)
    recorder = Recorder(aligned)
    assert ran(recorder, tmp_path).reused == ("aligner", "encoder", "tuning")


def test_stages_log_through_the_workspace_they_are_given(aligned, tmp_path):
    heard = []
    ran(Recorder(aligned), tmp_path, work=Workspace(log=lambda stage, values: heard.append((stage, dict(values)))))
    assert heard == [("stitching", {"loss": 1.0})]


def test_a_line_remembers_what_was_reused_in_order(aligned, tmp_path):
    source = Made("clip", "key", False)
    for expected in ([], ["aligner"]):
        line = Line(Store(tmp_path, {}), Workspace(), Recorder(aligned).meter)
        line.make("aligner", lambda clip, work: aligned, source)
        assert line.reused == expected
