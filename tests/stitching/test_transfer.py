"""A change between two drawings of a face, carried over to a third."""

import numpy as np
import pytest

from stitch_exp.stitching.transfer import as_sharp, with_change

SIDE = 128


def face(bar: slice = slice(56, 64), dark: float = 0.0, skin: float = 191.0) -> np.ndarray:
    """Skin with a dark upright bar."""
    image = np.full((SIDE, SIDE, 3), skin, np.float32)
    image[40:90, bar] = dark
    return image


def test_no_change_is_the_face_bit_for_bit() -> None:
    own = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    drawn = face(slice(50, 58))
    assert np.array_equal(with_change(own, drawn, drawn.copy()), own)


def test_light_is_added_and_the_persons_detail_stays() -> None:
    own = face().astype(np.uint8)
    own[20:24, 20:60] = 100  # a scar that the drawing lacks
    got = with_change(own, face(), face(dark=20, skin=211))
    np.testing.assert_allclose(got - own, 20, atol=0.5)


def test_a_feature_drawn_beside_its_place_changes_in_its_place() -> None:
    own = face().astype(np.uint8)
    got = with_change(own, face(slice(50, 58)), face(slice(50, 58), dark=64))
    middle = (got - own)[55:75, :, 0].mean(axis=0)
    assert middle[57:63].mean() > 45  # of the 64 levels
    assert np.abs(middle[48:53]).mean() < 15  # nothing is left beside it


def test_a_feature_drawn_anew_replaces_the_old_one() -> None:
    """Before the edit the drawing lacks fine stripes of the face; after it the place is flat."""
    own = face(slice(0, 0)).astype(np.uint8)
    own[60:68:2, 40:88] = 131
    before = face(slice(0, 0))
    before[60:68, 40:88] = 161  # the stripes' mean
    got = with_change(own, before, face(slice(0, 0)))
    assert own[62:66, 50:80].std() > 25
    assert got[62:66, 50:80].std() < 8
    np.testing.assert_array_equal(got[100:], own[100:])


def waves(side: int, period: int) -> np.ndarray:
    """Upright stripes of a period in px and of amplitude 10, in levels around 128."""
    row = 128 + 10 * np.cos(2 * np.pi * np.arange(side) / period)
    return np.broadcast_to(row[None, :, None], (side, side, 3)).astype(np.float32)


@pytest.mark.parametrize(("softened", "kept"), [(1.0, 1.0), (0.5, 0.5), (2.0, 1.0)])
def test_a_change_is_as_soft_as_the_face_is_beside_its_drawing(softened: float, kept: float) -> None:
    """Stripes of 4 px at 256 px lie in the finest octave almost alone: half the stripes, half the wrinkles."""
    drawn = waves(256, 4)
    face, change = 128 + softened * (drawn - 128), 0.3 * (drawn - 128)
    got = as_sharp(change, drawn, face)[100, 100:104, 0]
    np.testing.assert_allclose(got, kept * change[100, 100:104, 0], rtol=0.05, atol=0.05)


def test_light_and_colour_are_never_softened() -> None:
    drawn, plain = waves(256, 4), np.full((256, 256, 3), 128, np.float32)
    np.testing.assert_allclose(as_sharp(np.full_like(plain, 25), drawn, plain), 25, rtol=1e-5)
