"""Putting crops back."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_crops import COUNT, HEIGHT, KINDS, QUADS, SIDE, WIDTH, Frames, delta, disc, quad, scene

from stitch_exp.composite import Feather
from stitch_exp.errors import ConfigError
from stitch_exp.ops.warp import apply, crop_from_frame


@pytest.mark.parametrize("composite", KINDS)
def test_shape_timing_and_missing_frames(composite):
    clip, *rest = scene(QUADS, disc())
    edited = composite(clip, *rest)
    assert edited.status == rest[0].status
    assert len(edited.clip.frames) == COUNT
    assert (edited.clip.fps, edited.clip.name) == (clip.fps, clip.name)
    for i, (ours, source) in enumerate(zip(edited.clip.frames, clip.frames, strict=True)):
        np.testing.assert_array_equal(ours, edited.clip.frames[i])
        assert (ours != source).any() == (i in (1, 2, 4))
        if i in (0, 3):
            np.testing.assert_array_equal(ours, source)


@pytest.mark.parametrize("composite", KINDS)
def test_zero_mask_is_the_input_bit_for_bit(composite):
    clip, *rest = scene(QUADS, np.zeros((SIDE, SIDE), np.uint8))
    for ours, source in zip(composite(clip, *rest).clip.frames, clip.frames, strict=True):
        np.testing.assert_array_equal(ours, source)


@pytest.mark.parametrize("composite", KINDS)
@given(
    quads=st.lists(
        st.builds(quad, st.floats(-10, 90), st.floats(-10, 70), st.floats(9, 60), st.floats(-1, 1)),
        min_size=3,
        max_size=3,
    ),
    radius=st.floats(1, 15),
)
@settings(max_examples=12)
def test_outside_the_mask_every_pixel_is_the_source(composite, quads, radius):
    clip, aligned, *rest = scene(quads, disc(radius))
    composed = composite(clip, aligned, *rest).clip.frames
    ys, xs = np.mgrid[:HEIGHT, :WIDTH]
    for n, i in enumerate(aligned.frame_index):
        inside = apply(crop_from_frame(quads[n], SIDE), np.stack([xs, ys], axis=-1) + 0.5) - SIDE / 2
        # a sample reaches one pixel further than the mask: one of the crop, or of the frame where that is coarser
        reach = 1.5 * max(1.0, 2 * SIDE / np.linalg.norm(quads[n][3] - quads[n][0]))
        far = np.hypot(inside[..., 0], inside[..., 1]) > radius + reach
        np.testing.assert_array_equal(composed[int(i)][far], clip.frames[int(i)][far])


def test_source_frames_are_not_written_to():
    clip, *rest = scene(QUADS, disc())
    before = [frame.copy() for frame in clip.frames]
    for composite in KINDS:
        list(composite(clip, *rest).clip.frames)
    for ours, source in zip(clip.frames, before, strict=True):
        np.testing.assert_array_equal(ours, source)


@pytest.mark.parametrize("composite", KINDS)
def test_a_faded_frame_is_a_mixture_of_the_edited_and_the_source(composite):
    clip, aligned, *rest = scene(QUADS, disc())
    whole = composite(clip, aligned, *rest)
    faded = composite(clip, replace(aligned, opacity=np.array([1.0, 0.25, 0.0])), *rest)
    np.testing.assert_array_equal(faded.clip.frames[1], whole.clip.frames[1])
    mixture = 0.25 * whole.clip.frames[2].astype(float) + 0.75 * clip.frames[2]
    assert np.abs(faded.clip.frames[2] - mixture).max() <= 0.5
    np.testing.assert_array_equal(faded.clip.frames[4], clip.frames[4])
    assert [faded.treatments[i].kind for i in (0, 1, 2, 4)] == ["passed", "edited", "faded", "passed"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Feather(feather_px=-1.0, keep_in_front=False),
        lambda: delta(change="stitched", paste_from=50.0, paste_above=40.0),
        lambda: delta(change="stitched", paste_from=-5.0, paste_above=40.0),
        lambda: delta(largest_motion=0.5, paste_above=40.0),
    ],
)
def test_impossible_settings(make):
    with pytest.raises(ConfigError, match=r"use |must be below"):
        make()


def test_hair_that_leaves_the_crop_is_not_cut_straight():
    """A change as large as the crop goes over to the frame before the crop ends."""
    quads, everything = [quad(40, 40, 14, 0)] * 3, np.full((SIDE, SIDE), 255, np.uint8)

    def change(edge_fade):
        clip, aligned, tuned, stitched = scene(quads, everything, np.full((SIDE, SIDE, 3), 160, np.uint8))
        tuned = replace(tuned, inversions=np.full_like(stitched.crops, 100))
        clip = replace(clip, frames=Frames(np.full_like(np.stack(clip.frames), 80)))
        made = delta(edge_fade=edge_fade)(clip, aligned, tuned, stitched).clip.frames[1].astype(int)
        return np.abs(np.diff(made[..., 0], axis=0)).max(), made[40, 40, 0]

    assert change(0.0)[0] > 30 and change(0.25)[0] < 25
    assert change(0.0)[1] == change(0.25)[1] == 140


def test_where_the_edited_head_is_smaller_the_frame_stays():
    quads = [quad(40, 40, 14, 0)] * 3
    clip, aligned, tuned, stitched = scene(quads, disc(14), np.full((SIDE, SIDE, 3), 255, np.uint8))
    smaller = replace(stitched, edited_head=np.repeat(disc(6)[None], 3, axis=0))
    whole, part = (delta()(clip, aligned, tuned, each).clip.frames[1].astype(int) for each in (stitched, smaller))
    source = clip.frames[1].astype(int)
    assert np.array_equal(part[40, 38:42], whole[40, 38:42]) and (part[40, 38:42] != source[40, 38:42]).any()
    halo = np.s_[40, 30:32]
    assert np.array_equal(part[halo], source[halo]) and not np.array_equal(whole[halo], source[halo])
