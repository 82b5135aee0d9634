"""The look of a face: a hand is not trusted, more light is, and so is what strayed before."""

import numpy as np
import pytest

from stitch_exp.ops.look import SIDE, Look, in_small, reduced, strayed

HOME = np.random.default_rng(0).uniform(16, 48, (68, 2))


def face() -> np.ndarray:
    """Brighter to the right."""
    return np.tile(np.linspace(80, 140, SIDE, dtype=np.float32), (SIDE, 1))


def look(tolerance: float = 8.0) -> Look:
    return Look(HOME, face(), np.full((SIDE, SIDE), tolerance, np.float32))


def test_the_face_itself_is_trusted_in_any_light() -> None:
    for light in (0.7, 1.0, 1.4):
        gain, trust = look().seen(light * face(), HOME)
        assert gain == pytest.approx(light, rel=0.03)
        assert trust.min() > 0.99


def test_what_is_in_front_is_not_trusted_and_the_rest_is() -> None:
    covered = face()
    covered[20:36, 20:36] += 60
    _, trust = look().seen(covered, HOME)
    assert trust[24:32, 24:32].max() == 0.0
    assert trust[45:60].min() > 0.99 and trust[:10].min() > 0.99


def test_a_small_thing_such_as_a_blink_is_the_face() -> None:
    blink = face()
    blink[30:32, 24:28] += 50
    assert look().seen(blink, HOME)[1].min() > 0.9


def test_trust_falls_from_the_tolerance_to_half_as_much_again() -> None:
    for apart, wanted in ((7.9, 1.0), (10.0, 0.5), (12.1, 0.0)):
        _, strays = strayed(face(), face(), HOME)
        assert np.allclose(strays, 0)
        shifted = face()
        shifted[:16] += apart  # outside of the landmarks, so that the light stays the same
        assert look().seen(shifted, HOME)[1][4, 30] == pytest.approx(wanted, abs=0.02)


def test_crops_and_landmarks_are_reduced_alike() -> None:
    crop = np.zeros((128, 128, 3), np.uint8)
    crop[40:42, 60:62] = 200
    small = reduced(crop)
    y, x = np.unravel_index(small.argmax(), small.shape)
    assert np.allclose(in_small(np.full((68, 2), (60.5, 40.5)), 128), (x, y))
    assert small.max() == 200
