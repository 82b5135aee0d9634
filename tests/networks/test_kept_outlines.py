"""Outlines from memory."""

import numpy as np

from stitch_exp.networks.kept_outlines import KeptOutlines
from stitch_exp.networks.roles import Heads

POINTS = np.zeros((2, 68, 2))


class Counting:
    """Says which pixels are bright; counts how often it was asked."""

    def __init__(self, factor: float = 1.0, hair: bool = True) -> None:
        self.asked, self.factor, self.hair = 0, factor, hair

    def __call__(self, crops: np.ndarray, landmarks: np.ndarray) -> Heads:
        self.asked += 1
        bright = (crops[..., 0] > 127).astype(np.float32)
        return Heads(self.factor * bright, bright if self.hair else None)


def crops(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (2, 16, 16, 3), np.uint8)


def test_what_was_asked_before_is_answered_alike_and_not_asked_again() -> None:
    for hair in (True, False):
        inner = Counting(hair=hair)
        kept = KeptOutlines(inner)
        first, again = kept(crops(0), POINTS), kept(crops(0), POINTS)
        assert inner.asked == 1
        assert np.array_equal(first.outline, again.outline) and again.outline.dtype == np.float32
        assert again.hair is None if not hair else np.array_equal(first.hair, again.hair)


def test_other_crops_another_face_in_them_or_a_part_of_them_are_asked_for() -> None:
    inner = Counting()
    kept = KeptOutlines(inner)
    kept(crops(0), POINTS)
    kept(crops(1), POINTS)
    kept(crops(0), POINTS + 1)
    kept(crops(0)[:1], POINTS[:1])
    assert inner.asked == 4


def test_soft_outlines_are_not_kept() -> None:
    inner = Counting(factor=0.5)
    kept = KeptOutlines(inner)
    assert np.array_equal(kept(crops(0), POINTS).outline, kept(crops(0), POINTS).outline)
    assert inner.asked == 2


def test_what_was_not_asked_for_the_longest_goes_first() -> None:
    inner = Counting()
    kept = KeptOutlines(inner, most_bytes=2 * 2 * 2 * 16 * 16)
    for seed in (0, 1, 0, 2):
        kept(crops(seed), POINTS)
    assert inner.asked == 3
    kept(crops(0), POINTS)
    assert inner.asked == 3
    kept(crops(1), POINTS)
    assert inner.asked == 4


def test_a_changed_answer_changes_no_later_one() -> None:
    kept = KeptOutlines(Counting())
    kept(crops(0), POINTS).outline[:] = 7
    kept(crops(0), POINTS).outline[:] = 7
    assert kept(crops(0), POINTS).outline.max() == 1
