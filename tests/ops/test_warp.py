"""Crop and way back."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from stitch_exp.ops.warp import Region, apply, crop_from_frame, crop_quad, crop_quickly, place, region_of, resample_into

HEIGHT, WIDTH = 90, 120


def square(x, y, half, angle=0.0):
    axis = half * np.array([np.cos(angle), np.sin(angle)])
    down, center = np.array([-axis[1], axis[0]]), np.array([x, y])
    return np.array([center - axis - down, center - axis + down, center + axis + down, center + axis - down])


squares = st.builds(
    square, st.floats(30, 90), st.floats(25, 65), st.floats(8, 40), st.floats(-0.6, 0.6)
)  # some reach beyond the frame


def smooth_picture():
    ys, xs = np.mgrid[:HEIGHT, :WIDTH]
    return np.stack([40 + xs, 60 + ys, 200 - xs // 2 - ys // 2], axis=-1).astype(np.uint8)


@given(quad=squares, side=st.integers(8, 256))
def test_homography_takes_corners_to_corners_and_back(quad, side):
    target = np.array([[0, 0], [0, side], [side, side], [side, 0]], dtype=np.float64)
    matrix = crop_from_frame(quad, side)
    np.testing.assert_allclose(apply(matrix, quad + 0.5), target, atol=1e-9 * side)
    np.testing.assert_allclose(apply(np.linalg.inv(matrix), target), quad + 0.5, atol=1e-7)


@given(quad=squares)
@settings(max_examples=30)
def test_crop_then_place_is_the_frame_inside_the_square(quad):
    frame = smooth_picture()
    crop = crop_quad(frame, quad, 128)
    region = region_of(quad, HEIGHT, WIDTH)
    opaque = np.dstack([crop, np.full((128, 128), 255, np.uint8)])
    layer = place(opaque, crop_from_frame(quad, 128), region).astype(int)
    ys, xs = np.mgrid[region.top : region.bottom, region.left : region.right]
    points = apply(crop_from_frame(quad, 128), np.stack([xs, ys], axis=-1) + 0.5)
    inside = ((points > 4) & (points < 124)).all(-1)
    inside &= (xs > 1) & (xs < WIDTH - 2) & (ys > 1) & (ys < HEIGHT - 2)
    assert (layer[inside][:, 3] == 255).all()
    assert np.abs(layer[..., :3] - frame[region.slices])[inside].max(initial=0) <= 3


@given(quad=squares)
@settings(max_examples=30)
def test_region_holds_everything_the_crop_touches(quad):
    white = np.full((32, 32, 4), 255, np.uint8)
    everywhere = place(white, crop_from_frame(quad, 32), Region(0, 0, WIDTH, HEIGHT))
    inside = np.zeros((HEIGHT, WIDTH), bool)
    inside[region_of(quad, HEIGHT, WIDTH).slices] = True
    assert not everywhere[~inside].any()


def test_whole_frame_as_a_crop_is_the_frame():
    frame = smooth_picture()[:80, :80]
    quad = np.array([[-0.5, -0.5], [-0.5, 79.5], [79.5, 79.5], [79.5, -0.5]])
    np.testing.assert_array_equal(crop_quad(frame, quad, 80), frame)
    np.testing.assert_array_equal(crop_quad(frame, quad, 80, resample="area"), frame)


@pytest.mark.parametrize(("padding", "expected"), [("black", (0, 0)), ("edge", (40, 40)), ("reflect", (44, 52))])
def test_padding(padding, expected):
    crop = crop_quad(smooth_picture(), square(-0.5, 45, 16), 32, padding)
    assert tuple(crop[16, [11, 3], 0]) == expected


@pytest.mark.parametrize("padding", ["black", "edge", "reflect"])
def test_quick_crops_pad_as_stored_ones_do(padding):
    quad = square(4.0, 45.0, 16.0)
    stored, quick = crop_quad(smooth_picture(), quad, 32, padding), crop_quickly(smooth_picture(), quad, 32, padding)
    beyond = np.s_[1:-1, 1:10]
    np.testing.assert_allclose(quick[beyond].astype(int), stored[beyond], atol=2)
    assert (quick[beyond] == 0).all() == (padding == "black")


def test_shrinking_and_area_keep_a_fine_pattern_from_aliasing():
    frame = np.zeros((400, 400, 3), np.uint8)
    frame[:, ::2] = 255
    quad = square(199.5, 199.5, 160)
    for resample in ("reference", "area"):
        inner = crop_quad(frame, quad, 32, resample=resample)[4:-4, 4:-4].astype(int)
        assert np.abs(inner - 127.5).max() < 30


def test_the_reference_reduces_the_whole_frame_before_it_cuts():
    frame = np.random.default_rng(0).integers(0, 256, (401, 503, 3), np.uint8)
    quad = square(251.5, 203.0, 160.0)
    quad[:, 0] += np.array([0.0, 2.0, 5.0, 3.0])
    shrink = int(np.linalg.norm(quad[3] - quad[1]) / 48 / 2)
    assert shrink == 4
    small = Image.fromarray(frame).resize((round(503 / shrink), round(401 / shrink)), Image.Resampling.LANCZOS)
    corners = tuple((quad / shrink + 0.5).ravel())
    whole = np.asarray(small.transform((48, 48), Image.Transform.QUAD, corners, Image.Resampling.BILINEAR))
    # Cutting to the surroundings first would differ by tens of levels on noise; after, by the coordinates' rounding.
    assert np.abs(crop_quad(frame, quad, 48).astype(int) - whole).max() <= 1


def test_outside_the_frame_there_is_no_region():
    assert region_of(square(-200, 40, 20), HEIGHT, WIDTH).is_empty
    assert not region_of(square(0, 40, 20), HEIGHT, WIDTH).is_empty


@given(quad=squares, side=st.sampled_from([24, 64, 200]))
@settings(max_examples=30)
def test_float_and_reference_placement_agree(quad, side):
    ys, xs = np.mgrid[:side, :side] * 200 // side
    crop = np.stack([xs, ys, 200 - xs], axis=-1).astype(np.uint8)
    region = region_of(quad, HEIGHT, WIDTH)
    ours = resample_into(crop.astype(np.float32), quad, region, cv2.INTER_LINEAR)
    opaque = np.dstack([crop, np.full((side, side), 255, np.uint8)])
    theirs = place(opaque, crop_from_frame(quad, side), region)
    opaque_there = (theirs[..., 3] == 255).astype(np.uint8)
    kernel = np.ones((7, 7), np.uint8)
    well_inside = cv2.erode(opaque_there, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0
    assert np.abs(ours - theirs[..., :3])[well_inside].max(initial=0) < 5


@pytest.mark.parametrize("place_of", [(-300, 40), (400, 40), (60, -200), (60, 300), (-300, 500)])
@pytest.mark.parametrize("padding", ["reflect", "edge", "black"])
def test_a_square_wholly_beside_the_frame_is_padding_alone(place_of, padding):
    crop = crop_quad(np.full((HEIGHT, WIDTH, 3), 90, np.uint8), square(*place_of, 20), 16, padding)
    assert (crop == (0 if padding == "black" else 90)).all()
    edge = crop_quad(smooth_picture(), square(400, 40, 20), 16, "edge")
    assert np.ptp(edge[8], axis=0).tolist() == [0, 0, 0], "to the right of the frame its last column goes on"
