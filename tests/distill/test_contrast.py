"""The map's contrast: raised where a median of faces that differ by a little is softer than each of them."""

from dataclasses import replace

import numpy as np
import pytest

from stitch_exp.distill.contrast import _gains, missing_contrast, raised
from stitch_exp.distill.detail import learned_detail
from stitch_exp.distill.lessons import Lessons
from stitch_exp.types import EditPairs
from tests.distill.test_learned_detail import lessons

SIDE, COUNT = 64, 20
UNEVEN = (30.0, 120.0, 30.0, 30.0, 120.0)
HOME = np.random.default_rng(0).uniform(18, 46, (68, 2))


def lined(depths: tuple[float, ...] = (60.0,)) -> Lessons:
    """An edit that draws a line across the middle of a grey face, so deep in one frame after the other."""
    x = np.arange(SIDE)[None, :, None]
    line = np.broadcast_to(np.exp(-((x - 32.0) ** 2) / 8), (SIDE, SIDE, 3))
    sources = np.full((COUNT, SIDE, SIDE, 3), 160, np.uint8)
    targets = np.stack([160 - depths[n % len(depths)] * line for n in range(COUNT)])[None].round().astype(np.uint8)
    masks = np.full((COUNT, SIDE, SIDE), 255, np.uint8)
    pairs = EditPairs(sources, targets, masks, np.array([1.0]), np.tile(HOME, (COUNT, 1, 1)))
    return lessons(pairs)


def gains_of(taught: Lessons) -> np.ndarray:
    return missing_contrast(taught, learned_detail(taught, 1), 1)


def test_what_lies_in_one_place_is_not_raised() -> None:
    assert np.abs(gains_of(lined()) - 1).max() < 0.05


def test_bands_are_raised_where_frames_are_stronger_than_their_median_and_nowhere_else() -> None:
    gains = gains_of(lined(UNEVEN))  # the median is 30, the root mean square 79, their mean over that 0.84: 1 + 0.84
    assert gains[1:4, 24:40, 31:34] == pytest.approx(1.84, abs=0.1)
    assert gains[:, :, 56:].max() < 1.02 and gains.min() >= 1


def test_what_is_drawn_in_the_wrong_place_is_not_made_clearer() -> None:
    """The line of the second half lies elsewhere, so that each half's map is wrong on the other."""
    taught = lined()
    targets = taught.filmed.targets.copy()
    targets[:, COUNT // 2 :] = np.roll(targets[:, COUNT // 2 :], 12, axis=3)
    fine = gains_of(replace(taught, filmed=replace(taught.filmed, targets=targets)))[:3]
    assert fine[:, 24:40, 30:34].max() < 1.05 and fine[:, 24:40, 42:46].max() < 1.05


def test_gains_are_energies_as_far_as_both_agree() -> None:
    drawn, wanted = np.full((1, 1, 1), 4.0, np.float32), np.full((1, 1, 1), 9.0, np.float32)
    for both, gain in ((6.0, 1.5), (3.0, 1.25), (0.0, 1.0), (-6.0, 1.0)):
        assert _gains(drawn, wanted, np.full((1, 1, 1), both, np.float32)).item() == pytest.approx(gain)
    assert _gains(wanted, drawn, np.full((1, 1, 1), 6.0, np.float32)).item() == 1.0


def test_a_raised_map_is_as_deep_as_the_lines_it_was_learned_from() -> None:
    taught = lined(UNEVEN)
    soft = learned_detail(taught, 1)
    deep = raised(soft, gains_of(taught))
    depths = [float(np.ptp(detail.colours[0, 0, 32, 20:44, 0])) for detail in (soft, deep)]
    assert 1.3 * depths[0] < depths[1] < 79
    assert np.array_equal(deep.colours, deep.colours.astype(np.float16).astype(np.float32))
    assert np.array_equal(raised(soft, np.ones((5, SIDE, SIDE), np.float32)).colours, soft.colours)


def test_a_few_frames_say_nothing_of_each_other() -> None:
    taught = lined()
    assert (gains_of(replace(taught, known=range(9))) == 1).all()
