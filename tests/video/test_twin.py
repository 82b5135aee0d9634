from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch

from stitch_exp.errors import DataError
from stitch_exp.types import Clip, GroundTruth
from stitch_exp.video.twin import _truth_of, twins


class Frames(list):
    pass


def clip(count, fps, height=16, width=24, scale=1):
    """Frames that show their own time in milliseconds over `scale`."""
    times = [round(1000 * t / fps) for t in range(count)]
    frames = Frames(np.full((height, width, 3), min(time // 10, 255), np.uint8) for time in times)
    return Clip("c", frames, height, width, Fraction(fps), np.arange(count), Fraction(1, fps))


def test_twins_are_left_alone():
    a, b = clip(5, 25), clip(5, 25)
    assert twins(a, b) == (a, b, "")


def test_another_frame_rate_is_matched_by_time():
    source, edited, how = twins(clip(20, 20), clip(10, 10))
    assert len(source.frames) == len(edited.frames) == 20
    # Frames at 0, 50, 100 ms of the source meet those at 0, 0 or 100, 100 ms of the edit: never farther than 50 ms.
    shown = [int(frame[0, 0, 0]) * 10 for frame in edited.frames]
    assert all(abs(time - 50 * t) <= 50 for t, time in enumerate(shown)) and shown[::2] == [100 * t for t in range(10)]
    assert [int(edited.frames[t][0, 0, 0]) * 10 for t in range(20)] == shown
    assert "10 fps to 20" in how and "20 of 20" in how and "10 of 10" in how


def test_what_only_one_of_them_has_is_left_out():
    source, edited, how = twins(clip(30, 10), clip(20, 10))
    assert len(source.frames) == len(edited.frames) == 20 and "20 of 30 frames" in how
    source, edited, _ = twins(clip(20, 10), clip(30, 10))
    assert len(source.frames) == len(edited.frames) == 20


def test_as_many_frames_belong_together_by_number_at_any_rate():
    a, b = clip(6, 25), clip(6, 30)
    assert twins(a, b) == (a, b, "")


def test_another_size_is_scaled():
    _, edited, how = twins(clip(4, 10), clip(4, 10, height=8, width=12))
    assert (edited.height, edited.width) == (16, 24) == next(iter(edited.frames)).shape[:2]
    assert edited.frames[3][5, 5, 0] == 30 and how == "scaled from 12x8 to 24x16 px"


def test_another_shape_is_refused():
    with pytest.raises(DataError, match=r"24x16 .* 24x24 px: their shapes differ"):
        twins(clip(4, 10), clip(4, 10, height=24))


def test_one_frame_meets_the_nearest():
    source, edited, _ = twins(clip(5, 10), replace(clip(1, 10)))
    assert len(source.frames) == len(edited.frames) >= 1


def test_right_answers_go_with_the_frames_that_are_left():
    code, places = (lambda index: torch.tensor([[float(index)]])), lambda index: np.full((16, 24), float(index))
    truth = GroundTruth(code, lambda index, code: np.full((16, 24, 3), index, np.uint8), places)
    source, _, _ = twins(replace(clip(30, 10), truth=truth), clip(20, 10))
    assert source.truth.code(19).item() == 19 and len(source.frames) == 20
    # Of a source that begins later, numbers count from its own first frame.
    chosen = _truth_of(truth, np.array([4, 7]))
    assert (chosen.code(1).item(), chosen.render(0, code(0))[0, 0, 0], chosen.head(1)[0, 0]) == (7, 4, 7)
    assert _truth_of(None, np.array([1])) is None
