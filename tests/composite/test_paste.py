"""The stitched crop itself, laid over the frame."""

from dataclasses import replace

import numpy as np
import pytest
from made_crops import HEIGHT, KINDS, SIDE, WIDTH, Frames, disc, quad, scene

from stitch_exp.composite import Paste
from stitch_exp.composite.paste import paste


def test_paste_is_the_crop_inside_and_has_a_hard_edge():
    white = np.full((SIDE, SIDE, 3), 255, np.uint8)
    clip, *rest = scene([quad(40, 30, 16, 0.0)] * 3, disc(), white)
    changed = (Paste(keep_in_front=False)(clip, *rest).clip.frames[1] == 255).all(-1)
    ys, xs = np.mgrid[:HEIGHT, :WIDTH]
    distance = np.hypot(xs - 39.5 - 0.5, ys - 29.5 - 0.5)
    assert changed[distance < 10].all()
    assert not changed[distance > 14].any()


def laid(frame_level, crop, mask, where):
    return paste(np.full((HEIGHT, WIDTH, 3), frame_level, np.uint8), crop, mask, where)


@pytest.mark.parametrize("opacity", [1, 64, 128, 254, 255])
def test_opacity_mixes_crop_and_frame(opacity):
    crop, mask = np.full((SIDE, SIDE, 3), 200, np.uint8), np.full((SIDE, SIDE), opacity, np.uint8)
    composed = laid(100, crop, mask, quad(40, 30, 16, 0.0))
    assert np.abs(composed[25:35, 35:45] - (100 + 100 * opacity / 255)).max() <= 1


def test_pixels_land_where_the_quad_says():
    crop = np.zeros((SIDE, SIDE, 3), np.uint8)
    crop[4, 9] = (255, 128, 3)
    corners = np.array([[20, 10], [20, 10 + SIDE], [20 + SIDE, 10 + SIDE], [20 + SIDE, 10]]) - 0.5
    composed = laid(0, crop, np.full((SIDE, SIDE), 255, np.uint8), corners)
    assert composed[14, 29].tolist() == [255, 128, 3] and composed.astype(int).sum() == 386


def test_a_crop_upside_down_is_turned():
    crop = np.zeros((SIDE, SIDE, 3), np.uint8)
    crop[: SIDE // 2] = 200
    composed = laid(50, crop, np.full((SIDE, SIDE), 255, np.uint8), quad(40, 30, 16, np.pi))
    assert composed[20, 40, 0] == 0 and composed[40, 40, 0] == 200


@pytest.mark.parametrize("where", [quad(-100, 30, 16), quad(40, 500, 16)])
def test_a_crop_beside_the_frame_is_not_seen(where):
    crop, mask = np.full((SIDE, SIDE, 3), 200, np.uint8), np.full((SIDE, SIDE), 255, np.uint8)
    assert (laid(9, crop, mask, where) == 9).all()


def test_an_edge_that_fades_is_softer_inside_and_nothing_outside():
    white = np.full((SIDE, SIDE, 3), 255, np.uint8)
    clip, *rest = scene([quad(40, 30, 16, 0.0)] * 3, disc(), white)
    clip = replace(clip, frames=Frames([np.zeros((HEIGHT, WIDTH, 3), np.uint8)] * 5))
    hard, soft = (one(clip, *rest).clip.frames[1][30, :, 0].astype(int) for one in KINDS[:2])
    assert ((soft > 0) & (soft < 255)).sum() > ((hard > 0) & (hard < 255)).sum()
    assert (soft <= hard).all() and soft[40] == 255
