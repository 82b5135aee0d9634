"""An edit by a tool that knows nothing of W+, against clips with known answers: every number by hand."""

import numpy as np
import pytest
import torch

from stitch_exp.measures.observation import Observation
from stitch_exp.measures.truth import (
    BackgroundError,
    BorderError,
    EditError,
    ForeignAnswers,
    TrueStrength,
    border,
    nearest_strength,
)
from stitch_exp.types import GroundTruth

SIZE, FACE = (40, 60), (slice(10, 30), slice(20, 40))
STEP = torch.full((1, 4), 10.0)
"""A step of strength 1 makes the face ten levels brighter."""


def head(_index):
    alpha = np.zeros(SIZE)
    alpha[FACE] = 1.0
    return alpha


def render(index, code):
    frame = np.full((*SIZE, 3), 50 + index, np.uint8)
    frame[FACE] = round(100 + float(code.mean()))
    return frame


TRUTH = GroundTruth(lambda index: torch.full((2, 4), 3.0 * index), render, head)
"""The face brightens by three levels a frame, the background by one."""


def measured(frames, strength):
    answers = ForeignAnswers(TRUTH, STEP, strength)
    metrics = [EditError(), BorderError(), BackgroundError(), TrueStrength()]
    for index, frame in enumerate(frames):
        seen = answers.add(Observation(edited=frame), index)
        for metric in metrics:
            metric.update(seen)
    return {result.name: result.value for metric in metrics for result in metric.compute()}


def edited(strength, count=3):
    return [render(index, TRUTH.code(index) + strength * STEP) for index in range(count)]


def test_the_true_edit_scores_perfectly():
    assert measured(edited(2.0), 2.0) == {
        "edit_error": 0.0, "border_error": 0.0, "background_error": 0.0, "true_strength": 2.0,
    }  # fmt: skip


def test_an_unedited_video_lacks_all_of_the_edit():
    ring = border(head(0))
    found = measured(edited(0.0), 2.0)
    assert found["edit_error"] == pytest.approx(20.0) and found["background_error"] == 0.0
    assert found["border_error"] == pytest.approx(20.0 * np.sqrt((ring & (head(0) > 0)).sum() / ring.sum()))


def test_a_frozen_video_is_as_wrong_as_the_face_and_the_wall_have_moved_on():
    frozen = [edited(2.0)[0]] * 3
    found = measured(frozen, 2.0)
    assert found["edit_error"] == pytest.approx((0 + 3 + 6) / 3) and found["background_error"] == pytest.approx(1.0)


def test_what_is_spoiled_beside_the_head_is_an_error_of_the_background_alone():
    frames = edited(1.0)
    for frame in frames:
        frame[:5] += 12
    beside = (head(0) < 0.5) & ~border(head(0))
    found = measured(frames, 1.0)
    assert found["edit_error"] == 0.0
    assert found["background_error"] == pytest.approx(np.sqrt(144.0 * 5 * SIZE[1] / beside.sum()))


def test_an_edit_that_comes_and_goes_is_off_by_what_it_strays():
    flickering = [render(index, TRUTH.code(index) + strength * STEP) for index, strength in enumerate((2.0, 3.0, 1.0))]
    assert measured(flickering, 2.0)["edit_error"] == pytest.approx((0 + 10 + 10) / 3)


@pytest.mark.parametrize("strength", [-3.0, 0.0, 2.5, 6.0])
def test_the_strength_is_that_of_the_nearest_true_edit(strength):
    frames = dict(enumerate(edited(strength)))
    assert nearest_strength(TRUTH, STEP, frames, 8.0) == pytest.approx(strength, abs=0.1)


def test_the_strength_of_a_flickering_edit_is_its_mean():
    frames = {index: render(index, TRUTH.code(index) + s * STEP) for index, s in enumerate((1.0, 2.0, 3.0))}
    assert nearest_strength(TRUTH, STEP, frames, 8.0) == pytest.approx(2.0, abs=0.1)
