"""The map's contrast: raised where a median of faces that differ by a little is softer than each of them."""

from dataclasses import replace

import numpy as np
import pytest

from stitch_exp.distill.contrast import missing_contrast, raised
from stitch_exp.distill.detail import learned_detail
from stitch_exp.distill.lessons import Lessons
from stitch_exp.types import EditPairs

SIDE, COUNT = 64, 24
HOME = np.random.default_rng(0).uniform(18, 46, (68, 2))


def lined(wander: float) -> Lessons:
    """An edit that draws a soft line, so many px off its place from face to face, on a broad shadow that stays."""
    chance = np.random.default_rng(1)
    x, y = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    shadow = 40 * np.exp(-(((x - 32) ** 2) + (y - 32) ** 2) / (2 * 16**2))
    sources = np.full((COUNT, SIDE, SIDE, 3), 160, np.uint8)
    lines = [60 * np.exp(-((x - 32 - step) ** 2) / 2) for step in chance.normal(0, wander, COUNT)]
    targets = np.stack([160 - (shadow + line)[..., None] for line in lines]).repeat(3, axis=-1)[None]
    masks = np.full((COUNT, SIDE, SIDE), 255, np.uint8)
    pairs = EditPairs(sources, targets.astype(np.uint8), masks, np.array([1.0]), np.tile(HOME, (COUNT, 1, 1)))
    return Lessons(pairs, range(COUNT), part(pairs, slice(0)))


def part(pairs: EditPairs, which: slice) -> EditPairs:
    return EditPairs(
        pairs.sources[which], pairs.targets[:, which], pairs.masks[which], pairs.shares, pairs.landmarks[which]
    )


def test_what_lies_in_one_place_is_not_raised() -> None:
    assert missing_contrast(lined(0.0), 1) == pytest.approx(np.ones(5), abs=0.05)


def test_bands_are_raised_where_lines_wander() -> None:
    gains = missing_contrast(lined(3.0), 1)
    assert (gains > 1.25).all() and (gains <= 2).all()


def test_a_raised_map_is_as_deep_as_the_lines_it_was_learned_from() -> None:
    lessons = lined(3.0)
    soft = learned_detail(lessons, 1)
    deep = raised(soft, missing_contrast(lessons, 1))
    depths = [float(np.ptp(detail.colours[0, 0, 32, 20:44, 0])) for detail in (soft, deep)]
    assert depths[1] > 1.1 * depths[0] and depths[1] < 80
    assert np.array_equal(deep.colours, deep.colours.astype(np.float16).astype(np.float32))
    assert np.array_equal(raised(soft, np.ones(5)).colours, soft.colours)


def test_a_few_frames_say_nothing_of_each_other() -> None:
    lessons = lined(1.5)
    assert missing_contrast(replace(lessons, known=range(9)), 1).tolist() == [1.0] * 5


def test_each_half_is_judged_by_the_other() -> None:
    """A line that is drawn in one half of the frames alone is missing from the map of the other half."""
    lessons = lined(0.0)
    targets = lessons.filmed.targets.copy()
    targets[:, COUNT // 2 :] = 160 - (160 - targets[:, COUNT // 2 :]) // 3
    gains = missing_contrast(replace(lessons, filmed=replace(lessons.filmed, targets=targets)), 1)
    assert (gains == 1).all() or gains.max() < 1.1  # too strong on one half by as much as too weak on the other
