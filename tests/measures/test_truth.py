"""Clips with known answers: the right ones score perfectly, wrong ones what they are worth."""

from fractions import Fraction

import numpy as np
import pytest
import torch

from stitch_exp.measures import catalogue, truth
from stitch_exp.measures.observation import OF_RUN, Observation
from stitch_exp.types import AlignedClip, Clip, EditedLatents, GroundTruth, StyleSpace, TunedGenerator, WPlus

SIZE = (40, 60)
STEP = torch.full((2, 4), 10.0)


def head(_index):
    alpha = np.zeros(SIZE)
    alpha[10:30, 20:40] = 1.0
    return alpha


def render(index, code):
    frame = np.full((*SIZE, 3), 50 + index, np.uint8)
    frame[head(index) >= 0.5] = round(100 + float(code.mean()))
    return frame


@pytest.fixture
def run():
    """A clip of three frames, the middle one without a face, and the edit of it that a perfect method makes."""
    codes = torch.arange(24.0).reshape(3, 2, 4)
    frames = [render(t, codes[t]) for t in range(3)]
    known = GroundTruth(lambda t: codes[t], render, head)
    clip = Clip("made", _Frames(frames), *SIZE, Fraction(25), np.arange(3), Fraction(1, 25), truth=known)
    index, empty = np.array([0, 2]), np.zeros((2, 4, 4, 3), np.uint8)
    aligned = AlignedClip(
        empty,
        index,
        np.zeros((2, 3, 3)),
        np.zeros((2, 4, 2)),
        np.zeros((2, 68, 2)),
        ("detected", "missing", "detected"),
    )
    return clip, aligned, codes[index]


class _Frames(list):
    """A list that passes for a frame source."""


def measured(run, pivots, edited_frames, latents=None):
    clip, aligned, _ = run
    tuned = TunedGenerator({}, pivots, np.zeros((2, 4, 4, 3), np.uint8), np.zeros(0))
    edited = EditedLatents(latents or WPlus(pivots + STEP), "age", {"age": 1.0})
    answers = truth.answers(clip, aligned, tuned, edited)
    metrics = [truth.PivotError(), truth.EditError(), truth.BorderError()]
    for index in range(3):
        frame = answers.add(Observation(source=clip.frames[index], edited=edited_frames[index]), index)
        for metric in metrics:
            metric.update(frame)
    return {result.name: result for metric in metrics for result in metric.compute()}


def perfect(run):
    return [render(t, run[0].truth.code(t) + STEP) for t in range(3)]


def test_the_right_answers_score_perfectly(run):
    for result in measured(run, run[2], perfect(run)).values():
        assert result.value == 0.0
        assert np.isnan(result.per_frame[1]) and (result.per_frame[[0, 2]] == 0.0).all()


def test_the_error_of_pivots_is_relative_to_the_code(run):
    result = measured(run, run[2] * 1.25, perfect(run))["pivot_error"]
    assert result.value == pytest.approx(0.25)
    swapped = measured(run, run[2].flip(0), perfect(run))["pivot_error"]
    first, last = run[2]
    expected = [float((last - first).norm() / code.norm()) for code in (first, last)]
    np.testing.assert_allclose(swapped.per_frame[[0, 2]], expected, rtol=1e-6)


def test_an_edit_that_was_not_carried_out_is_its_whole_size_away(run):
    results = measured(run, run[2], list(run[0].frames))
    assert results["edit_error"].value == pytest.approx(10.0)
    inside = truth.border(head(0)) & (head(0) >= 0.5)
    share = inside.sum() / truth.border(head(0)).sum()
    assert results["border_error"].value == pytest.approx(10.0 * np.sqrt(share))


def test_a_bad_border_is_told_from_a_bad_face(run):
    frames = perfect(run)
    for frame in frames:
        frame[truth.border(head(0))] += 7
    results = measured(run, run[2], frames)
    assert results["edit_error"].value == 0.0
    assert results["border_error"].value == pytest.approx(7.0)


def test_the_border_lies_on_both_sides_of_the_outline():
    ring = truth.border(head(0))
    # 20 px high: one pixel to either side
    np.testing.assert_array_equal(np.flatnonzero(ring[20]), [19, 20, 39, 40])
    assert not truth.border(np.zeros(SIZE)).any()


def test_edits_outside_w_plus_have_no_true_frame(run):
    results = measured(run, run[2], perfect(run), StyleSpace((torch.zeros(2, 3),)))
    assert results["pivot_error"].value == 0.0
    assert np.isnan(results["edit_error"].value) and np.isnan(results["border_error"].value)


def test_recorded_clips_have_no_answers(run):
    clip, aligned, pivots = run
    tuned = TunedGenerator({}, pivots, np.zeros((2, 4, 4, 3), np.uint8), np.zeros(0))
    recorded = Clip("filmed", clip.frames, *SIZE, Fraction(25), np.arange(3), Fraction(1, 25))
    assert truth.answers(recorded, aligned, tuned, EditedLatents(WPlus(pivots), "none", {})) is None


def test_it_is_measured_on_request_only():
    assert "truth" in catalogue.words(OF_RUN) and "truth" not in catalogue.words(OF_RUN, by_default=True)
