"""Alignment, crop and paste against numbers from the paper's published implementation."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stitch_exp.composite.paste import paste
from stitch_exp.ops.feather import feather
from stitch_exp.ops.quad import Squares, corners, squares_from_landmarks
from stitch_exp.ops.smoothing import smooth_in_time
from stitch_exp.ops.warp import crop_from_frame, crop_quad, place, region_of

SIDE = 128
PASTED = {0: 0, 1: 6}
"""Frame of the golden file to the quad it was cropped and pasted with."""


@pytest.fixture(scope="module")
def golden():
    return np.load(Path(__file__).parents[1] / "golden" / "alignment_small.npz")


def smoothed_quads(landmarks, sigma_center, sigma_axes, scale=1.0):
    c, x, y = squares_from_landmarks(landmarks.astype(np.float64), scale)
    filtered = (smooth_in_time(c, sigma_center), smooth_in_time(x, sigma_axes), smooth_in_time(y, sigma_axes))
    return corners(Squares(*filtered))


@pytest.mark.parametrize(("landmarks", "suffix"), [("landmarks", "f"), ("landmarks_int", "i")])
def test_squares(golden, landmarks, suffix):
    squares = squares_from_landmarks(golden[landmarks].astype(np.float64), 1.0)
    for name, values in zip("cxy", squares, strict=True):
        np.testing.assert_allclose(values, golden[f"{name}_{suffix}"], atol=1e-10)


@pytest.mark.parametrize(
    ("name", "settings"),
    [("quads", (1.0, 3.0)), ("quads_nosmooth", (0.0, 0.0)), ("quads_scale125", (1.0, 3.0, 1.25))],
)
def test_quads(golden, name, settings):
    np.testing.assert_allclose(smoothed_quads(golden["landmarks_int"], *settings), golden[name], atol=1e-10)


def test_inverse_coefficients(golden):
    found = np.array([crop_from_frame(quad, SIDE).ravel()[:8] for quad in golden["quads"]])
    np.testing.assert_allclose(found, golden["coeffs"], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("i", PASTED)
def test_crop(golden, i):
    np.testing.assert_array_equal(crop_quad(golden["frames"][i], golden["quads"][PASTED[i]], SIDE), golden["crops"][i])


def test_feathered_mask(golden):
    np.testing.assert_array_equal(feather(golden["mask"], 7), golden["mask_feathered"])


@pytest.mark.parametrize("i", PASTED)
def test_plain_paste(golden, i):
    frame, quad, crop = golden["frames"][i], golden["quads"][PASTED[i]], golden["crops"][i]
    region = region_of(quad, *frame.shape[:2])
    opaque = np.dstack([crop, np.full((SIDE, SIDE), golden["paste_alpha_const"][0])])
    layer = Image.fromarray(place(opaque, crop_from_frame(quad, SIDE), region))
    pasted = Image.fromarray(frame)
    pasted.paste(layer, (region.left, region.top), layer)
    np.testing.assert_array_equal(np.asarray(pasted), golden["paste"][i])


@pytest.mark.parametrize(("name", "radius"), [("paste_mask", 0), ("paste_mask_feather7", 7)])
@pytest.mark.parametrize("i", PASTED)
def test_masked_paste(golden, i, name, radius):
    mask = feather(golden["mask"], radius)
    pasted = paste(golden["frames"][i], 255 - golden["crops"][i], mask, golden["quads"][PASTED[i]])
    np.testing.assert_array_equal(pasted, golden[name][i])
