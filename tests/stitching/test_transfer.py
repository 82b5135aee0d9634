"""A change between two drawings of a face, carried over to a third."""

import numpy as np

from stitch_exp.stitching.transfer import with_change

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
