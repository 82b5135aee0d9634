"""The edit as a difference, laid over the frame."""

from dataclasses import replace

import numpy as np
import pytest
from made_crops import COUNT, HEIGHT, KINDS, QUADS, SIDE, WIDTH, Frames, delta, disc, quad, scene

from stitch_exp.errors import ConfigError


def test_delta_without_a_change_is_the_input():
    clip, aligned, tuned, stitched = scene(QUADS, disc())
    unchanged = replace(stitched, crops=tuned.inversions, edited=tuned.inversions)
    for composite in KINDS[2:]:
        for ours, source in zip(composite(clip, aligned, tuned, unchanged).clip.frames, clip.frames, strict=True):
            np.testing.assert_array_equal(ours, source)


def test_outlines_of_hair_alone_change_nothing():
    """The parser may see other hair in the inversion than in the frame; without an edit that is no edit."""
    clip, aligned, tuned, stitched = scene(QUADS, disc())
    masks = np.asarray(stitched.foreground)
    unchanged = replace(
        stitched, crops=tuned.inversions, edited=tuned.inversions, source_hair=masks, edited_hair=np.zeros_like(masks)
    )
    for ours, source in zip(delta()(clip, aligned, tuned, unchanged).clip.frames, clip.frames, strict=True):
        np.testing.assert_array_equal(ours, source)


def test_what_hair_gave_way_to_is_pasted_and_not_added():
    """Of a change by 100 levels: added where hair stays what it was, the crop itself where it went."""
    grey, bright = np.full((SIDE, SIDE, 3), 100, np.uint8), np.full((SIDE, SIDE, 3), 200, np.uint8)
    clip, aligned, tuned, stitched = scene(QUADS, disc(), bright, grey)
    masks = np.full_like(np.asarray(stitched.foreground), 255)
    frames = {
        after: delta()(clip, aligned, tuned, replace(stitched, source_hair=masks, edited_hair=masks * after))
        .clip.frames[1][27:33, 37:43].astype(int)
        for after in (0, 1)
    }  # fmt: skip
    assert (frames[0] == 200).all() and (frames[1] != 200).any()


def test_delta_takes_the_crop_it_is_told_to():
    clip, aligned, tuned, stitched = scene(QUADS, disc())
    only_stitched = replace(stitched, edited=tuned.inversions)
    changed = {
        change: delta(change=change)(clip, aligned, tuned, only_stitched).clip.frames[1]
        for change in ("edited", "stitched")
    }
    np.testing.assert_array_equal(changed["edited"], clip.frames[1])
    assert (changed["stitched"] != clip.frames[1]).any()


def test_delta_keeps_the_detail_that_paste_loses():
    grey, lighter = np.full((SIDE, SIDE, 3), 100, np.uint8), np.full((SIDE, SIDE, 3), 110, np.uint8)
    clip, aligned, tuned, stitched = scene(QUADS, disc(), lighter, grey)
    added = KINDS[2](clip, aligned, tuned, stitched).clip.frames[1].astype(int)
    middle = np.s_[27:33, 37:43]
    np.testing.assert_array_equal(added[middle], np.minimum(clip.frames[1][middle].astype(int) + 10, 255))
    pasted = KINDS[0](clip, aligned, tuned, stitched).clip.frames[1]
    assert (pasted[middle] == 110).all()


def test_delta_goes_over_to_the_paste_where_the_change_is_large():
    dark, bright = np.full((SIDE, SIDE, 3), 20, np.uint8), np.full((SIDE, SIDE, 3), 220, np.uint8)
    clip, aligned, tuned, stitched = scene(QUADS, disc(), bright, dark)
    composed = KINDS[3](clip, aligned, tuned, stitched).clip.frames[1]
    assert (composed[27:33, 37:43] == 220).all()


def test_delta_moves_what_the_edit_has_moved():
    """A dark bar that the edit shifts: added alone, the old bar would show through its brightened ghost."""
    bar = np.full((SIDE, SIDE, 3), 200, np.uint8)
    bar[13:16, 8:24] = 40
    frame_quad = quad(40, 30, 16, 0.0)
    clip, aligned, tuned, stitched = scene([frame_quad] * 3, disc(15), np.roll(bar, 1, axis=0), bar)
    detail = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    detail[27:30, 33:47] = 20
    clip = replace(clip, frames=Frames([detail] * COUNT))
    wanted = np.roll(detail, 1, axis=0)[25:35, 36:44].astype(int)
    errors = [
        np.abs(
            delta(largest_motion=motion, feather_px=0.0)(clip, aligned, tuned, stitched).clip.frames[1][25:35, 36:44]
            - wanted
        )
        for motion in (0.0, 0.1)
    ]
    assert errors[1].mean() < 0.7 * errors[0].mean()


def flat(level):
    return np.full((SIDE, SIDE, 3), level, np.uint8)


def added(frame_level, crop_level, inversion_level, mask, *, at=None, follows=None, **settings):
    """The frame of one level after the change from one level to another was added."""
    frame = np.full((HEIGHT, WIDTH, 3), frame_level, np.uint8)
    where = quad(40, 30, 16, 0.0) if at is None else at
    return delta(**settings).add(frame, flat(crop_level), flat(inversion_level), mask, where, follows).astype(int)


@pytest.mark.parametrize(
    ("frame", "crop", "inversion", "shown"),
    [(100, 60, 50, 110), (100, 50, 60, 90), (250, 60, 50, 255), (5, 50, 60, 0), (100, 80, 80, 100)],
)
def test_the_change_is_added_and_clipped_at_black_and_white(frame, crop, inversion, shown):
    composed = added(frame, crop, inversion, flat(255)[..., 0])
    assert (composed[20:40, 30:50] == shown).all() and (composed[:10] == frame).all()


@pytest.mark.parametrize("opacity", [0, 51, 128, 255])
def test_the_mask_is_the_share_of_the_change(opacity):
    composed = added(100, 90, 50, flat(opacity)[..., 0])
    assert (composed[25:35, 35:45] == np.rint(100 + 40 * opacity / 255)).all()


def test_a_crop_outside_of_the_frame_changes_nothing():
    far = quad(-200, -200, 16, 0.0)
    assert (added(100, 200, 50, flat(255)[..., 0], at=far) == 100).all()


def test_a_crop_half_outside_changes_what_is_inside():
    composed = added(100, 120, 100, flat(255)[..., 0], at=quad(0, 30, 16, 0.0))
    assert (composed[20:40, :12] == 120).all() and (composed[:, 20:] == 100).all()


def test_the_paste_takes_over_between_its_two_limits():
    # The change is 60 levels everywhere: below the first limit it is added, above the second the crop is shown.
    whole = flat(255)[..., 0]
    middle = np.s_[28:32, 38:42]
    assert (added(100, 130, 70, whole, paste_from=70.0, paste_above=90.0)[middle] == 160).all()
    assert (added(100, 130, 70, whole, paste_from=10.0, paste_above=50.0)[middle] == 130).all()
    between = added(100, 130, 70, whole, paste_from=50.0, paste_above=70.0)[middle]
    assert (between == 145).all()  # half of each, as the step is symmetrical


def test_the_input_is_never_written_to():
    frame, crop, inversion = np.full((HEIGHT, WIDTH, 3), 100, np.uint8), flat(130), flat(70)
    mask = disc()
    kept = [array.copy() for array in (frame, crop, inversion, mask)]
    delta(largest_motion=0.05, keep_skin_colour=True).add(frame, crop, inversion, mask, quad(40, 30, 16))
    for array, before in zip((frame, crop, inversion, mask), kept, strict=True):
        np.testing.assert_array_equal(array, before)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"paste_from": 96.0}, r"composite\.paste_from=96\.0 must be below composite\.paste_above=96\.0"),
        ({"feather_px": -1.0}, "feather_px"),
        ({"edge_fade": 0.6}, "edge_fade"),
        ({"largest_motion": 0.5}, "largest_motion"),
    ],
)
def test_settings_that_cannot_be(settings, said):
    with pytest.raises(ConfigError, match=said):
        delta(**settings)
