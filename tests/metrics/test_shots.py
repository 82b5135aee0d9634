"""Nothing over time is compared across a cut."""

from dataclasses import replace

import numpy as np
import pytest

from stitch_exp.measures.catalogue import NAMES
from stitch_exp.measures.identity import TGID, TLID
from stitch_exp.measures.motion import AlignmentJitter, Flicker, MotionKept
from stitch_exp.measures.observation import Observation
from stitch_exp.metrics.suite import Suite
from stitch_exp.types import Workspace

ONE, OTHER, TURNED = np.array([1.0, 0.0, 0.0]), np.array([0.6, 0.8, 0.0]), np.array([0.8, 0.6, 0.0])
SQUARE = np.array([[0.0, 0.0], [0.0, 2.0], [2.0, 2.0], [2.0, 0.0]])


def fed(metric, frames):
    for frame in frames:
        metric.update(frame)
    return {result.name: result for result in metric.compute()}


@pytest.mark.parametrize("metric", [TLID, TGID])
def test_pairs_of_two_shots_are_none(metric):
    """Two shots of two frames: the first pair has 1, the second 0.8, any pair of both shots 0.6 or less."""
    faces = [(ONE, ONE), (ONE, ONE), (OTHER, ONE), (OTHER, TURNED)]
    frames = [Observation(source_embedding=s, edited_embedding=e, cut=t == 2) for t, (s, e) in enumerate(faces)]
    found = fed(metric(min_similarity=-1.0), frames)[metric.word]
    assert found.value == pytest.approx((1.0 + 0.8) / 2)
    assert found.note.startswith("2 of 2 pairs")


def test_the_jump_of_the_crop_at_a_cut_is_no_jitter():
    places = [0.0, 1.0, 2.0, 50.0, 51.0, 52.0]
    quads = [SQUARE + np.array([x, 0.0]) for x in places]
    found = fed(AlignmentJitter(), [Observation(quad=quad, cut=t == 3) for t, quad in enumerate(quads)])
    assert found["alignment_jitter"].value == pytest.approx(0.0, abs=1e-12)
    assert np.isfinite(found["alignment_jitter"].per_frame).tolist() == [False, False, True, False, False, True]


def flashing():
    """Levels of source and edit in two shots, lighter at the cut by 100 in the source alone."""
    levels = [(20, 20), (24, 22), (124, 22), (130, 25)]
    mask = np.ones((24, 24), np.float32)
    return [
        Observation(
            source=np.full((24, 24, 3), source, np.uint8), edited=np.full((24, 24, 3), edited, np.uint8), mask=mask,
            cut=t == 2,
        )
        for t, (source, edited) in enumerate(levels)
    ]  # fmt: skip


def test_the_change_of_picture_at_a_cut_is_no_motion():
    found = fed(MotionKept(), flashing())["motion_kept"]
    assert found.value == pytest.approx((2 + 3) / (4 + 6))
    assert np.isfinite(found.per_frame).tolist() == [False, True, False, True]


def test_the_change_of_picture_at_a_cut_is_no_flicker():
    found = fed(Flicker(flow_side_px=640), flashing())
    assert found["warp_error_excess"].value == pytest.approx(((2 - 4) + (3 - 6)) / 2, abs=1e-3)
    assert found["warp_error_ratio"].value == pytest.approx(5 / 10, abs=1e-3)


def test_a_run_tells_its_metrics_where_shots_begin(make_run, networks):
    clip, aligned, *rest = make_run(count=6)
    suite = Suite(names=NAMES, min_similarity=0.1, flow_side_px=640, **networks)
    report = suite(clip, replace(aligned, cuts=(3,)), *rest, Workspace())
    found = {result.name: result for result in report.results}
    assert found["cuts"].value == 1.0
    assert found["tl_id"].note.startswith("4 of 4 pairs") and found["tg_id"].note.startswith("6 of 6 pairs")
    for name in ("tl_id", "motion_kept", "warp_error_excess", "alignment_jitter"):
        assert np.isnan(found[name].per_frame[3]), name
