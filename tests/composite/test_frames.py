"""Frames composed when they are read."""

from fractions import Fraction

import numpy as np
import pytest

from stitch_exp.composite.frames import ComposedFrames, edited_clip
from stitch_exp.types import AlignedClip, Clip, Treatment


class Frames(list):
    """A list is a frame source."""


def source(count=6):
    return Frames([np.full((4, 5, 3), 10 * t, np.uint8) for t in range(count)])


def lighter(frame, n):
    """Crop n makes its frame lighter by 100 + n."""
    return frame + np.uint8(100 + n)


def levels(frames):
    return [int(frame[0, 0, 0]) for frame in frames]


def test_only_frames_with_a_crop_are_composed_and_each_with_its_own():
    composed = ComposedFrames(source(), np.array([1, 2, 4]), lighter)
    assert levels(composed) == [0, 110, 121, 30, 142, 50] and len(composed) == 6
    assert levels(composed[n] for n in (4, -2, 0, -6, -1)) == [142, 142, 0, 0, 50]


def test_what_has_no_crop_is_the_source_s_own_frame():
    frames = source()
    composed = ComposedFrames(frames, np.array([1]), lighter)
    assert composed[0] is frames[0] and list(composed)[5] is frames[5]


def test_past_the_end_is_the_source_s_error():
    composed = ComposedFrames(source(), np.array([1]), lighter)
    with pytest.raises(IndexError):
        composed[6]


@pytest.mark.parametrize(("share", "level"), [(1.0, 110), (0.5, 60), (0.25, 35), (0.0, 10)])
def test_opacity_mixes_the_composed_frame_with_the_filmed_one(share, level):
    composed = ComposedFrames(source(), np.array([1]), lighter, np.array([share]))
    assert levels([composed[1]]) == [level]


def test_nothing_is_composed_before_it_is_read():
    seen = []

    def noted(frame, n):
        seen.append(n)
        return frame

    composed = ComposedFrames(source(), np.arange(6), noted)
    assert seen == []
    composed[3]
    assert seen == [3]
    iterating = iter(composed)
    next(iterating), next(iterating)
    assert seen == [3, 0, 1]


def test_no_crop_at_all_is_the_source():
    assert levels(ComposedFrames(source(), np.zeros(0, int), lighter)) == levels(source())


def aligned(index, count=6, opacity=None):
    n = len(index)
    return AlignedClip(
        np.zeros((n, 2, 2, 3), np.uint8), np.array(index), np.tile(np.eye(3), (n, 1, 1)), np.zeros((n, 4, 2)),
        np.zeros((n, 68, 2)), tuple("detected" if t in index else "missing" for t in range(count)), cuts=(3,),
        opacity=opacity,
    )  # fmt: skip


def clip_of(frames):
    return Clip("c", frames, 4, 5, Fraction(25), np.arange(len(frames)), Fraction(1, 25), digest="d")


def test_an_edited_clip_keeps_timing_and_cuts_and_says_what_was_done():
    made = edited_clip(clip_of(source()), aligned([1, 2], opacity=np.array([1.0, 0.25])), lighter, {})
    assert levels(made.clip.frames) == [0, 110, 45, 30, 40, 50]
    assert (made.clip.fps, made.clip.digest, made.cuts) == (Fraction(25), "", (3,))
    assert [item.kind for item in made.treatments] == ["passed", "edited", "faded", "passed", "passed", "passed"]
    assert made.treatments[2].reason == "25% of the edit"


def test_what_stands_in_front_is_added_to_what_was_done_and_to_passed_frames_not():
    shown = np.array([1.0, 0.5, 0.0])
    made = edited_clip(clip_of(source()), aligned([1, 2, 4], opacity=shown), lighter, {0: 0.2, 1: 0.125, 2: 0.9})
    text = "of the head as filmed: something is in front of it"
    assert made.treatments[1] == Treatment("edited", f"20% {text}", 0.2)
    assert made.treatments[2] == Treatment("faded", f"50% of the edit; 12% {text}", 0.125)
    assert made.treatments[4].kind == "passed" and made.treatments[4].kept == 0.0


def test_the_same_faces_can_be_laid_over_frames_that_show_another_edited_face():
    made = edited_clip(clip_of(source()), aligned([1]), lighter, {})
    other = Frames([np.full((4, 5, 3), 7, np.uint8)] * 6)
    assert levels(made.faces(other)) == [7, 107, 7, 7, 7, 7]
