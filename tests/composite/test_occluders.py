"""What stands in front of a face is left as filmed, and a face that moves is not taken for it."""

from fractions import Fraction

import cv2
import numpy as np
import pytest
import torch

from stitch_exp.composite import Delta, Feather
from stitch_exp.composite.occluders import occluders
from stitch_exp.ops.warp import crop_from_frame
from stitch_exp.types import AlignedClip, Clip, StitchedCrops, TunedGenerator, Workspace
from tests.made_faces import template

SIDE, COUNT = 128, 18
PASSING = range(5, 12)
ADDED = 40


def disc(center, axes, blur=0.8):
    mask = np.zeros((SIDE, SIDE), np.float32)
    cv2.ellipse(mask, center, axes, 0, 0, 360, (1.0,), -1)
    return cv2.GaussianBlur(mask, (0, 0), blur)[..., None]


HEAD = disc((64, 66), (40, 54))


def face(n):
    """A head that sways, opens its mouth, blinks, and stands in changing light."""
    x, y = 64 + round(2 * np.sin(n)), 66
    picture = np.full((SIDE, SIDE, 3), (120, 140, 130), np.float32)
    light = 1 + 0.15 * np.cos(np.linspace(0, 3, SIDE))[None, :, None]
    for color, mask in (
        ((70, 50, 40), disc((x, y - 12), (40, 44))),
        ((200, 150, 130), disc((x, y + 4), (34, 46))),
        ((60, 40, 35), disc((x - 14, y - 10), (6, 1 + 2 * (n % 3)))),
        ((60, 40, 35), disc((x + 14, y - 10), (6, 1 + 2 * (n % 3)))),
        ((150, 60, 60), disc((x, y + 27), (11, 2 + n % 4))),
    ):
        picture += mask * (np.array(color) * light - picture)
    return picture + 3 * np.sin(n / 2)


def hand(n):
    """Its opacity and its colours: paler than the face, with bands."""
    center = (34 + 5 * (n - PASSING.start), 74)
    bands = 12 * np.sin(np.arange(SIDE) / 6)[:, None, None]
    return disc(center, (17, 26)), np.array((225, 185, 140)) + bands


def pixels(picture):
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def filmed(passing):
    """The clip, and everything a composite asks for; inversions take the hand for a part of the face, to one half."""
    crops, inversions = [], []
    noise = np.random.default_rng(0)
    for n in range(COUNT):
        clean = face(n)
        opacity, colours = hand(n)
        opacity = opacity * (n in passing)
        crops.append(pixels(clean + opacity * (colours - clean) + noise.normal(0, 1.5, clean.shape)))
        inversions.append(pixels(cv2.GaussianBlur(clean + opacity / 2 * (colours - clean), (0, 0), 2.0)))
    crops, inversions = np.stack(crops), np.stack(inversions)
    quad = np.array([[0, 0], [0, SIDE], [SIDE, SIDE], [SIDE, 0]]) - 0.5
    points = template() * 28 + (64, 58)
    aligned = AlignedClip(
        crops, np.arange(COUNT), np.repeat(np.linalg.inv(crop_from_frame(quad, SIDE))[None], COUNT, axis=0),
        np.repeat(quad[None], COUNT, axis=0), np.repeat(points[None], COUNT, axis=0), ("detected",) * COUNT,
    )  # fmt: skip
    tuned = TunedGenerator({}, torch.zeros(COUNT, 1, 1), inversions, np.zeros(0))
    edited = pixels(inversions + ADDED * HEAD)
    masks = np.repeat(pixels(255 * HEAD[..., 0])[None], COUNT, axis=0)
    zeros = np.zeros(COUNT)
    stitched = StitchedCrops(edited, edited, masks, masks, zeros, zeros, zeros, np.zeros(COUNT, np.int64))
    clip = Clip("made.mp4", list(crops), SIDE, SIDE, Fraction(25), np.arange(COUNT), Fraction(1, 25))
    return clip, aligned, tuned, stitched


def delta(keep_in_front):
    return Delta(
        change="edited", feather_px=25.0, edge_fade=0.0, largest_motion=0.05, keep_in_front=keep_in_front,
        keep_skin_colour=False, paste_from=None, paste_above=96.0,
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
