"""What stands in front of a face is left as filmed, and a face that moves is not taken for it."""

import cv2
import numpy as np
import pytest

from stitch_exp.composite import Delta, Feather
from stitch_exp.composite.occluders import Search, Stretch, in_front_of, occluders, stretches
from stitch_exp.types import AlignedClip, Workspace
from tests.made_hand import ADDED, COUNT, HEAD, PASSING, face, filmed, hand, pixels


def delta(keep_in_front):
    return Delta(
        change="edited", feather_px=25.0, edge_fade=0.0, largest_motion=0.05, keep_missed=False,
        keep_in_front=keep_in_front, keep_skin_colour=False, paste_from=None, paste_above=96.0,
    )  # fmt: skip


def feathered(keep_in_front):
    return Feather(feather_px=25.0, keep_in_front=keep_in_front)


@pytest.mark.parametrize("composite", [delta, feathered])
def test_a_passing_hand_stays_as_filmed_and_the_face_around_it_is_edited(composite):
    clip, *rest = filmed(PASSING)
    made = composite(keep_in_front=True)(clip, *rest)
    for n in PASSING:
        changed = np.abs(made.clip.frames[n].astype(int) - clip.frames[n]).max(axis=-1)
        before_face = (hand(n)[0][..., 0] > 0.9) & (HEAD[..., 0] > 0.5)
        free = (cv2.dilate(hand(n)[0][..., 0], np.ones((31, 31))) < 0.05) & (
            cv2.erode(HEAD[..., 0], np.ones((9, 9))) > 0.9
        )
        assert np.percentile(changed[before_face], 99) <= 3
        assert np.median(changed[free]) > ADDED / 2
        assert made.treatments[n].kept > 0.05
        assert "something is in front of it" in made.treatments[n].reason
    assert {n for n, item in enumerate(made.treatments) if item.kept} <= set(range(PASSING.start - 1, PASSING.stop + 1))


@pytest.mark.parametrize("composite", [delta, feathered])
def test_a_hand_is_edited_where_it_is_not_to_be_kept(composite):
    clip, *rest = filmed(PASSING)
    made = composite(keep_in_front=False)(clip, *rest)
    middle = PASSING[len(PASSING) // 2]
    changed = np.abs(made.clip.frames[middle].astype(int) - clip.frames[middle]).max(axis=-1)
    assert np.median(changed[hand(middle)[0][..., 0] > 0.9]) > ADDED / 4
    assert not any(item.kept for item in made.treatments)


def test_a_face_that_moves_speaks_and_blinks_hides_nothing():
    _, aligned, tuned, stitched = filmed(())
    found = occluders(aligned, tuned, stitched.foreground, Workspace())
    assert dict(found.shares) == {}
    mask = stitched.masks[3]
    assert found.cut_from(mask, 3) is mask


def test_shots_are_looked_at_one_by_one():
    """A second shot in other light and colours is no hand before the face of the first."""
    _, aligned, tuned, stitched = filmed(())
    half = COUNT // 2
    for stack in (aligned.crops, tuned.inversions):
        stack[half:] = stack[half:, :, ::-1, ::-1]
    cut = AlignedClip(
        aligned.crops, aligned.frame_index, aligned.frame_from_crop, aligned.quads, aligned.landmarks, aligned.status,
        cuts=(half,),
    )  # fmt: skip
    assert dict(occluders(cut, tuned, stitched.foreground, Workspace()).shares) == {}
    assert dict(occluders(aligned, tuned, stitched.foreground, Workspace()).shares) != {}


def test_one_crop_alone_is_judged_as_among_all_and_asks_for_few_others():
    _, aligned, tuned, stitched = filmed(PASSING)
    for n in PASSING:  # half as visible in every second crop, so that some are found by their neighbours only
        aligned.crops[n] = pixels(face(n) + (1 - 0.6 * (n % 2)) * (aligned.crops[n] - face(n)))
    found = occluders(aligned, tuned, stitched.foreground, Workspace())
    [numbers] = stretches(aligned)
    asked: dict[int, set[int]] = {}
    for n in range(COUNT):
        heads = asked.setdefault(n, set())
        search = Search(Stretch(numbers, aligned, tuned), lambda m, heads=heads: heads.add(m) or stitched.foreground[m])
        alone = in_front_of(n, search)
        assert alone.shares.get(n) == found.shares.get(n)
        assert n not in found.masks or (alone.masks[n] == found.masks[n]).all()
    assert min(map(len, asked.values())) <= 1 < max(map(len, asked.values())) < COUNT
