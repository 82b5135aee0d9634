"""The map that is learned from pairs: sharp where frames moved, whole where some were covered, one a strength."""

from dataclasses import replace

import numpy as np
import pytest

from stitch_exp.distill.detail import learned_detail
from stitch_exp.distill.lessons import Lessons
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


def lessons(pairs: EditPairs, count: int | None = None) -> Lessons:
    """The first frames of these pairs alone; all of them unless said otherwise."""
    return Lessons(pairs, range(len(pairs.sources) if count is None else count), some(pairs, slice(0)))


def some(pairs: EditPairs, which: slice) -> EditPairs:
    """Some of the pairs."""
    return EditPairs(
        pairs.sources[which], pairs.targets[:, which], pairs.masks[which], pairs.shares, pairs.landmarks[which]
    )


def test_a_wrinkle_stays_a_wrinkle() -> None:
    detail = learned_detail(lessons(lined()), 1)
    assert np.allclose(detail.home, HOME) and detail.shares == (1.0,)
    row = detail.colours[0, 0, 28:36, :, 0].mean(axis=0)
    assert row.argmin() in (31, 32) and row.min() < -65
    assert np.allclose(detail.look.brightness, 128) and detail.look.tolerance.min() == 6.0
    plain = (lined().targets[0].astype(float) - 128).mean(axis=0)[28:36, :, 0].mean(axis=0)
    assert plain.min() > -30  # without the landmarks it is smeared


def test_a_hand_over_some_frames_leaves_the_map_whole() -> None:
    pairs = lined()
    targets = pairs.targets.copy()
    targets[0, ::3] = 128
    covered = learned_detail(lessons(replace(pairs, targets=targets)), 1)
    assert covered.colours[0, 0, 28:36, :, 0].mean(axis=0).min() < -50


def test_every_strength_but_0_has_a_map_at_strength_1() -> None:
    detail = learned_detail(lessons(lined((0.5, 1.0, 0.0, -0.5))), 8)
    assert detail.shares == (0.5, 1.0, -0.5) and detail.colours.shape[:2] == (3, 1)
    assert [float(part.min()) for part in detail.colours] == pytest.approx([-80, -80, -80], rel=0.2)


def test_kinds_of_faces_are_told_apart() -> None:
    """Half of the faces hold the mouth open, and are aged twice as much."""
    pairs = lined()
    double = [np.concatenate([part, part], axis=axis) for part, axis in ((pairs.sources, 0), (pairs.masks, 0))]
    deeper = np.where(pairs.targets == 128, 128, pairs.targets - 40).astype(np.uint8)
    wide = pairs.landmarks.copy()
    wide[:, 48:, 1] += 6
    both = EditPairs(
        double[0], np.concatenate([pairs.targets, deeper], axis=1), double[1], pairs.shares,
        np.concatenate([pairs.landmarks, wide]),
    )  # fmt: skip
    detail = learned_detail(lessons(both), 2)
    assert detail.colours.shape[:2] == (1, 2)
    depths = sorted(float(sheet[28:36, :, 0].mean(axis=0).min()) for sheet in detail.colours[0])
    assert depths[0] < -95 and depths[1] > -85
    assert len(learned_detail(lessons(both), 50).faces) == 2  # of fewer than five faces there is no sheet


def test_imagined_faces_count_as_filmed_ones() -> None:
    pairs = lined()
    mixed = learned_detail(Lessons(pairs, range(4), some(pairs, slice(4, None))), 1)
    assert np.array_equal(mixed.colours, learned_detail(lessons(pairs), 1).colours)


def test_only_the_first_frames_are_learned_from() -> None:
    pairs = lined()
    targets = pairs.targets.copy()
    targets[0, 4:] = 0
    learned = learned_detail(lessons(replace(pairs, targets=targets), 4), 1)
    assert np.array_equal(learned.colours, learned_detail(lessons(pairs, 4), 1).colours)


def test_a_picture_that_stands_still_is_of_one_kind() -> None:
    pairs = lined()
    still = EditPairs(
        np.repeat(pairs.sources[3:4], 20, 0), np.repeat(pairs.targets[:, 3:4], 20, 1),
        np.repeat(pairs.masks[3:4], 20, 0), pairs.shares, np.repeat(pairs.landmarks[3:4], 20, 0),
    )  # fmt: skip
    assert len(learned_detail(lessons(still), 4).faces) == 1
