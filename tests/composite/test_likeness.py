"""How unlike the face each place of a crop looks."""

import cv2
import numpy as np
import pytest

from stitch_exp.composite import likeness
from stitch_exp.composite.likeness import SIDE
from tests.made_faces import template

POINTS = template() * 40 + (64, 50)
EVERYWHERE = np.ones((SIDE, SIDE), bool)


def blobs(seed=0):
    """A picture with something to see everywhere, so that its motion can be found."""
    coarse = np.random.default_rng(seed).integers(60, 190, (16, 16, 3)).astype(np.uint8)
    return cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize("side", [64, 128, 256, 300])
def test_crops_are_compared_at_one_side(side):
    flat = np.full((side, side, 3), 90, np.uint8)
    made = likeness.small(flat)
    assert made.shape == (SIDE, SIDE, 3) and (made == 90).all()
    assert likeness.small(flat[..., 0]).shape == (SIDE, SIDE)
    assert (made is flat) == (side == SIDE)


@pytest.mark.parametrize(
    ("colour", "lab"),
    [
        ((0, 0, 0), (0, 0, 0)), ((255, 255, 255), (100, 0, 0)), ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)), ((119, 119, 119), (50.03, 0, 0)),
    ],
)  # fmt: skip
def test_a_view_is_in_cielab(colour, lab):
    view = likeness.view(np.full((SIDE, SIDE, 3), colour, np.uint8))
    np.testing.assert_allclose(view[64, 64], lab, atol=0.3)


def test_noise_is_smaller_in_a_view_and_colours_stay():
    noisy = np.random.default_rng(0).normal(120, 20, (SIDE, SIDE, 3)).clip(0, 255).astype(np.uint8)
    raw = cv2.cvtColor(noisy.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    view = likeness.view(noisy)
    assert view[..., 0].std() < 0.4 * raw[..., 0].std() and view[..., 0].mean() == pytest.approx(
        raw[..., 0].mean(), abs=0.1
    )


def test_skin_is_the_face_without_brows_eyes_and_mouth():
    skin = likeness.skin_inside(POINTS)
    assert skin.any() and not skin[0].any() and not skin[:, 0].any()
    for part in likeness.FEATURES:
        x, y = np.rint(POINTS[part].mean(axis=0)).astype(int)
        assert not skin[y, x]
    assert skin[88, 40] and skin[88, 88]  # both cheeks
    hull = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull(np.rint(POINTS).astype(np.int32)), (1,))
    assert not skin[hull == 0].any()


@pytest.mark.parametrize("points", [POINTS + 500, POINTS * 0 + 64])
def test_a_face_outside_of_the_crop_or_of_no_size_has_no_skin(points):
    assert not likeness.skin_inside(points).any()


def test_the_error_of_two_flat_views_is_their_distance():
    one, other = np.zeros((2, SIDE, SIDE, 3), np.float32)
    other[:] = (3, 4, 12)
    assert likeness.error(one, other, EVERYWHERE) == pytest.approx(13)
    assert likeness.error(one, one, EVERYWHERE) == 0
    assert likeness.error(one, other, ~EVERYWHERE) == np.inf


def test_only_what_lies_inside_counts():
    one, other = np.zeros((2, SIDE, SIDE, 3), np.float32)
    other[:, 64:] = 50
    left, right = np.zeros((2, SIDE, SIDE), bool)
    left[:, :40] = right[:, 90:] = True
    assert likeness.error(one, other, left) == pytest.approx(0, abs=1e-3)
    assert likeness.error(one, other, right) == pytest.approx(50 * 3**0.5, rel=1e-3)


def test_a_patch_that_no_other_view_has_is_unlike_and_the_rest_is_alike():
    views = {n: likeness.view(blobs()) for n in range(4)}
    patched = blobs()
    patched[40:70, 50:80] = (250, 250, 20)
    unlike = likeness.difference(likeness.view(patched), 9, views, EVERYWHERE)
    assert unlike[48:62, 58:72].min() > 20 > 5 > np.median(unlike[100:])


def test_three_views_must_vouch_for_a_place():
    plain, patched = blobs(), blobs()
    patched[40:70, 50:80] = (250, 250, 20)
    for vouchers, alike in ((2, False), (3, True)):
        views = {n: likeness.view(patched if n < vouchers else plain) for n in range(4)}
        unlike = likeness.difference(likeness.view(patched), 9, views, EVERYWHERE)
        assert (unlike[50:60, 60:70].max() < 3) == alike


def test_a_change_of_light_is_no_difference():
    dark = (blobs().astype(float) * 0.8).astype(np.uint8)
    views = {n: likeness.view(dark) for n in range(3)}
    lit = likeness.difference(likeness.view(blobs()), 9, views, EVERYWHERE)
    assert np.median(lit) < 0.35 * likeness.error(likeness.view(blobs()), views[0], EVERYWHERE)


def test_a_crop_is_not_its_own_witness():
    patched = blobs()
    patched[40:70, 50:80] = (250, 250, 20)
    views = {0: likeness.view(patched), 1: likeness.view(blobs()), 2: likeness.view(blobs())}
    assert likeness.difference(views[0], 0, views, EVERYWHERE)[50:60, 60:70].min() > 20


def test_equal_views_are_usual_at_zero_and_nowhere_is_nothing():
    views = {n: likeness.view(blobs()) for n in range(4)}
    assert likeness.usual(views, dict.fromkeys(views, EVERYWHERE)) == pytest.approx(0, abs=0.2)
    assert likeness.usual(views, dict.fromkeys(views, ~EVERYWHERE)) == 0.0 == likeness.usual({}, {})


def spots(*sizes):
    """Unlike by 10 in squares of these sides, 40 px apart."""
    unlike = np.zeros((SIDE, SIDE), np.float32)
    for place, size in enumerate(sizes):
        unlike[20 : 20 + size, 10 + 40 * place : 10 + 40 * place + size] = 10
    return unlike


def test_pieces_have_their_area_in_one_connected_place():
    found = likeness.pieces(spots(4, 6), 9.0, EVERYWHERE, 30)
    assert found.sum() == 36 and found[22, 52]
    assert not likeness.pieces(spots(4, 6), 9.0, EVERYWHERE, 37).any()
    assert not likeness.pieces(spots(4, 6), 10.0, EVERYWHERE, 1).any()  # above, not at the limit


def test_an_outline_holds_the_piece_and_what_is_likely_beside_it_and_fades():
    unlike = spots(12)
    unlike[20:32, 22:40] = 6  # more than half of the limit, and it touches the piece
    mask = likeness.outline(unlike, 9.0, EVERYWHERE, EVERYWHERE, 100)
    assert mask[26, 16] == 255 and mask[26, 36] == 255 and mask[100, 100] == 0
    assert np.count_nonzero((mask > 0) & (mask < 255)) > 0


@pytest.mark.parametrize(
    ("where", "head", "area"),
    [(~EVERYWHERE, EVERYWHERE, 1), (EVERYWHERE, ~EVERYWHERE, 1), (EVERYWHERE, EVERYWHERE, 200)],
)
def test_nothing_is_outlined_outside_of_the_head_or_where_it_does_not_count(where, head, area):
    assert likeness.outline(spots(12), 9.0, head, where, area) is None
