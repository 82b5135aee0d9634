"""Tints on skin are left out; light, hair and small features are not touched."""

import numpy as np
import pytest

from stitch_exp.composite.skin import skin_of, without_tint

SKIN, HAIR = (200.0, 150.0, 120.0), (40.0, 32.0, 28.0)


def face(side: int = 128) -> np.ndarray:
    """Skin below the hairline, hair above."""
    image = np.empty((side, side, 3), np.float32)
    image[:] = SKIN
    image[: side // 4] = HAIR
    return image


def test_skin_is_found_and_hair_is_not() -> None:
    skin = skin_of(face())
    assert skin[60:, 10:-10].min() > 0.95 and skin[:20].max() < 0.05


@pytest.mark.parametrize("side", [128, 256])
def test_a_wide_tint_goes_and_its_brightness_stays(side: int) -> None:
    before = face(side)
    change = np.zeros_like(before)
    change[side // 2 :] = (30, -20, 25)
    left = without_tint(change, before)
    low = (slice(3 * side // 4, None), slice(side // 4, 3 * side // 4))
    luma = np.array([0.299, 0.587, 0.114])
    assert np.abs((left - change)[low] @ luma).max() < 1.0, "light as edited"
    after = (before + left)[low].reshape(-1, 3).mean(axis=0)
    ratio = np.array(SKIN) / SKIN[1]
    assert np.abs(after / after[1] - ratio).max() < 0.03, "hue and saturation as filmed"


def test_darker_skin_keeps_its_saturation() -> None:
    before = face()
    left = without_tint(np.full_like(before, -60.0), before)
    after = (before + left)[100, 64]
    assert np.abs(after / after[1] - np.array(SKIN) / SKIN[1]).max() < 0.03


def test_hair_and_small_features_change_as_edited() -> None:
    before = face()
    change = np.zeros_like(before)
    change[:20] = (-12, 0, 14)
    np.testing.assert_allclose(without_tint(change, before)[:14], change[:14], atol=0.5)
    change = np.zeros_like(before)
    change[98:102, 60:68] = (60, -30, -30)
    left = without_tint(change, before)[98:102, 60:68]
    assert np.abs(left - change[98:102, 60:68]).max() < 8, "a lip keeps its new colour"


def test_black_and_featureless_crops_stay_finite() -> None:
    for value in (0.0, 255.0):
        before = np.full((64, 64, 3), value, np.float32)
        assert np.isfinite(without_tint(before - 128, before)).all()
