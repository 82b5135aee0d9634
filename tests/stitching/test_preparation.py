"""From aligned crops and edited codes to a scene."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from stitch_exp.networks.roles import Heads, Segmenter
from stitch_exp.ops.ranges import to_pixels
from stitch_exp.stitching.preparation import Preparation, crop_landmarks, on_device
from stitch_exp.types import EditedLatents, StyleSpace, Workspace, WPlus
from tests.small_clip import CPU, SIDE, clip_of, codes, disc, moved, tiny_generator, untuned
from tests.stitching.flat_scene import RULE

COUNT = 2


def prepared(segmenter: Segmenter = disc, share: float = 1.0, edited: EditedLatents | None = None, **rule: object):
    generator = tiny_generator()
    stage = Preparation(generator, segmenter, replace(RULE, **rule), share, 1.0, 2, CPU)
    return stage(clip_of(generator, COUNT), untuned(generator, COUNT), edited or moved(COUNT), Workspace())


def test_the_edit_is_the_tuned_generator_s_picture_of_the_codes() -> None:
    scene = prepared()
    assert np.array_equal(scene.edited, to_pixels(tiny_generator()(moved(COUNT).latents.codes)))
    assert scene.steps.tolist() == [0, 0] and len(scene) == COUNT


def test_the_model_s_generator_is_not_the_one_that_may_change() -> None:
    generator = tiny_generator()
    stage = Preparation(generator, disc, RULE, 1.0, 1.0, 2, CPU)
    scene = stage(clip_of(generator, COUNT), untuned(generator, COUNT), moved(COUNT), Workspace())
    with torch.no_grad():
        scene.generator.synthesis.b32.torgb.bias.add_(1.0)
    assert not generator.synthesis.b32.torgb.bias.any() and scene.generator.mapping is generator.mapping


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_no_edit_is_the_inversion_whatever_share_of_the_tuning_draws_it(share: float) -> None:
    same = EditedLatents(WPlus(codes(COUNT)), "nothing", {})
    inversions = untuned(tiny_generator(), COUNT).inversions
    assert np.array_equal(prepared(share=share, edited=same).edited, inversions)


def test_outlines_are_kept_and_pasted_with_room_around() -> None:
    scene = prepared()
    outline, heads = disc(scene.crops, np.zeros((COUNT, 68, 2))).outline, scene.heads
    assert np.array_equal(heads.foreground, 255 * outline.astype(np.uint8))
    assert np.array_equal(heads.edited, heads.foreground)
    assert (heads.pasted >= heads.foreground).all() and heads.pasted.mean() > heads.foreground.mean()
    assert heads.leak.tolist() == [0, 0] and heads.source_hair is None and heads.edited_hair is None


def sides(crops: np.ndarray, landmarks: np.ndarray) -> Heads:
    """The left half of what is filmed; of what is edited, all of it."""
    mask = np.zeros(crops.shape[:3], np.float32)
    filmed = clip_of(tiny_generator(), COUNT).crops
    mask[:, :, : SIDE // 2 if np.array_equal(crops, filmed) else SIDE] = 1
    return Heads(mask)


@pytest.mark.parametrize("mask", ["source", "union"])
def test_what_the_edit_grows_leaks_by_its_share_and_is_kept_on_request(mask: str) -> None:
    scene = prepared(sides, mask=mask, outer_px=0, inner_px=0)
    assert scene.heads.leak == pytest.approx([0.5, 0.5], abs=0.04)
    assert (scene.heads.foreground[:, :, SIDE // 2 :] == (255 if mask == "union" else 0)).all()
    assert (scene.heads.edited == 255).all()


def test_hair_is_kept_as_it_was_and_as_it_is() -> None:
    """Filmed: hair in rows 0 and 1; edited: in rows 1 and 2."""
    filmed = clip_of(tiny_generator(), COUNT).crops

    def parted(crops: np.ndarray, landmarks: np.ndarray) -> Heads:
        hair = np.zeros(crops.shape[:3], np.float32)
        hair[:, 0:2] = 1
        return Heads(np.ones_like(hair), hair if np.array_equal(crops, filmed) else np.roll(hair, 1, axis=1))

    heads = prepared(parted).heads
    for hair, rows in ((heads.source_hair, [0, 1]), (heads.edited_hair, [1, 2])):
        assert hair is not None and hair.any(axis=(0, 2)).nonzero()[0].tolist() == rows
        assert np.unique(hair).tolist() == [0, 255]


def test_soft_outlines_are_rounded_to_levels() -> None:
    def half(crops: np.ndarray, landmarks: np.ndarray) -> Heads:
        return Heads(np.full(crops.shape[:3], 0.7, np.float64))

    assert np.unique(prepared(half).heads.foreground).tolist() == [178]


def test_landmarks_are_told_in_pixels_of_the_crop() -> None:
    """A crop of half the scale that begins at (10, 20): the frame's corner pixels have their centres at index 0."""
    aligned = clip_of(tiny_generator(), 1)
    frame_from_crop = np.array([[[2.0, 0, 10], [0, 2.0, 20], [0, 0, 1]]])
    landmarks = np.tile([[10.5, 20.5], [9.5, 19.5], [30.5, 60.5]], (1, 1, 1))
    found = crop_landmarks(replace(aligned, frame_from_crop=frame_from_crop, landmarks=landmarks))
    np.testing.assert_allclose(found[0], [[0, 0], [-0.5, -0.5], [10, 20]], atol=1e-9)


def test_codes_of_either_space_become_single_precision() -> None:
    double = codes(2).double()
    assert on_device(WPlus(double), CPU).codes.dtype == torch.float32
    styles = on_device(StyleSpace((double[:, 0], double[:, 1].half())), CPU).styles
    assert [style.dtype for style in styles] == [torch.float32] * 2 and torch.equal(styles[0], codes(2)[:, 0])


@pytest.mark.parametrize("same_hairdo", [False, True])
def test_hair_beyond_the_filmed_head_is_left_out_where_no_other_hairdo_was_asked_for(same_hairdo: bool) -> None:
    """Filmed: a head to row 9; edited: to row 19, of which rows 5 to 14 are hair."""
    filmed = clip_of(tiny_generator(), COUNT).crops

    def longer(crops: np.ndarray, landmarks: np.ndarray) -> Heads:
        outline, hair = np.zeros((2, *crops.shape[:3]), np.float32)
        outline[:, : 10 if np.array_equal(crops, filmed) else 20] = 1
        hair[:, 5:15] = outline[:, 5:15]
        return Heads(outline, hair)

    edited = replace(moved(COUNT), same_hairdo=same_hairdo)
    heads = prepared(longer, edited=edited, mask="union", outer_px=0, inner_px=0).heads
    shown = [10 <= row < 15 for row in range(20)] if same_hairdo else [False] * 20
    for stack in (heads.foreground, heads.edited):
        assert [not row.any() for row in stack[0, :20]] == shown
    assert heads.edited_hair is not None and heads.edited_hair[:, 5:15].all()
