"""The map that is learned from pairs: sharp where frames moved, whole where some were covered, one a sign."""

from dataclasses import replace

import numpy as np
import pytest

from stitch_exp.distill.detail import learned_detail
from stitch_exp.types import EditPairs

SIDE, COUNT = 64, 7
HOME = np.random.default_rng(0).uniform(18, 46, (68, 2))


def lined(shares: tuple[float, ...] = (1.0,)) -> EditPairs:
    """An edit that draws a wrinkle on a grey face that moves from frame to frame."""
    shifts = np.array([-3, -2, -1, 0, 1, 2, 3])
    sources = np.full((COUNT, SIDE, SIDE, 3), 128, np.uint8)
    targets = np.stack([sources.copy() for _ in shares])
    for k, share in enumerate(shares):
        for n, shift in enumerate(shifts):
            targets[k, n, 20:44, 31 + shift : 33 + shift] = 128 - 80 * share
    landmarks = HOME + np.stack([shifts, np.zeros(COUNT)], axis=1)[:, None]
    return EditPairs(sources, targets, np.full((COUNT, SIDE, SIDE), 255, np.uint8), np.array(shares), landmarks)


def test_a_wrinkle_stays_a_wrinkle() -> None:
    detail = learned_detail(lined(), COUNT)
    assert np.allclose(detail.home, HOME) and detail.shares == (1.0,)
    row = detail.colours[0, 28:36, :, 0].mean(axis=0)
    assert row.argmin() in (31, 32) and row.min() < -65
    assert np.allclose(detail.look.brightness, 128) and detail.look.tolerance.min() == 6.0
    plain = (lined().targets[0].astype(float) - 128).mean(axis=0)[28:36, :, 0].mean(axis=0)
    assert plain.min() > -30  # without the landmarks it is smeared


def test_a_hand_over_some_frames_leaves_the_map_whole() -> None:
    pairs = lined()
    targets = pairs.targets.copy()
    targets[0, ::3] = 128
    covered = learned_detail(replace(pairs, targets=targets), COUNT)
    assert covered.colours[0, 28:36, :, 0].mean(axis=0).min() < -50


def test_the_strongest_edit_of_each_sign_is_kept_at_full_strength() -> None:
    detail = learned_detail(lined((0.5, 1.0, 0.0, -0.25, -0.5)), COUNT)
    assert detail.shares == (1.0, -0.5)
    assert [float(part.min()) for part in detail.colours] == pytest.approx([-80, -80], rel=0.2)


def test_only_the_first_frames_are_learned_from() -> None:
    pairs = lined()
    targets = pairs.targets.copy()
    targets[0, 4:] = 0
    learned = learned_detail(replace(pairs, targets=targets), 4)
    assert np.array_equal(learned.colours, learned_detail(pairs, 4).colours)
