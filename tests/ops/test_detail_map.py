"""The detail map: it lies where the landmarks are, and each strength and each kind of face has its own."""

import numpy as np
import pytest

from stitch_exp.ops.detail import DetailMap, between, nearness
from stitch_exp.ops.look import SIDE, Look, in_small
from stitch_exp.ops.thin_plate import laid_over


def look_of(home: np.ndarray, side: int) -> Look:
    """A grey face that may look any way at all."""
    grey = np.full((SIDE, SIDE), 128, np.float32)
    return Look(in_small(home, side), grey, np.full((SIDE, SIDE), 1e4, np.float32))


def grey(side: int, level: int = 128) -> np.ndarray:
    return np.full((side, side, 3), level, np.uint8)


def detail_map(side: int, shares: tuple[float, ...] = (1.0,)) -> DetailMap:
    """A spot in the middle of a face, brighter the later its share comes."""
    home = np.random.default_rng(0).uniform(0.25 * side, 0.75 * side, (68, 2))
    rows, columns = np.mgrid[:side, :side] - (side - 1) / 2
    spot = np.exp(-(rows**2 + columns**2) / (2 * (side / 10) ** 2))[..., None].astype(np.float32)
    colours = np.stack([40.0 * (k + 1) * np.tile(spot, 3) for k in range(len(shares))])
    return DetailMap(home, home[None], colours[:, None], shares, look_of(home, side))


def test_it_follows_the_landmarks() -> None:
    detail = detail_map(64)
    assert detail.side == 64
    drawn = detail.at(grey(64), detail.home, 1.0)
    assert np.abs(drawn[..., :3] - detail.colours[0, 0]).max() < 1e-3
    assert np.allclose(drawn[..., 3], 127.5)
    moved = detail.at(grey(64), detail.home + np.array([4.0, 0.0]), 1.0)[..., 0]
    assert float((moved.sum(0) * np.arange(64)).sum() / moved.sum()) == pytest.approx(31.5 + 4, abs=0.7)


def test_each_sign_has_its_map_and_one_map_serves_both() -> None:
    detail = detail_map(64, (1.0, -0.5))
    peaks = [float(detail.at(grey(64), detail.home, share)[..., :3].max()) for share in (0.2, 1.0, -0.1, -1.0)]
    assert peaks == pytest.approx([40, 40, 80, 80], rel=0.02)
    alone = detail_map(64)
    assert np.array_equal(alone.at(grey(64), alone.home, -1.0), alone.at(grey(64), alone.home, 1.0))


def test_between_two_strengths_lies_what_is_added_between_them() -> None:
    assert between(0.75, (0.5, 1.0)) == pytest.approx([0.5, 0.5])
    assert between(0.9, (1.0, 0.5, -1.0)) == pytest.approx([0.8, 0.2, 0.0])
    assert between(0.1, (0.5, 1.0)) == pytest.approx([1, 0])  # in proportion to the least
    assert between(-2.0, (0.5, 1.0, -0.3)) == pytest.approx([0, 0, 1])
    assert between(-0.75, (0.5, 1.0)) == pytest.approx([0.5, 0.5])  # nothing of this sign was learned
    detail = detail_map(64, (0.5, 1.0))
    assert float(detail.at(grey(64), detail.home, 0.75)[..., :3].max()) == pytest.approx(60, rel=0.02)


def test_a_face_is_shown_the_sheet_of_the_face_it_is_like() -> None:
    one = detail_map(64)
    mouth = np.zeros((68, 2))
    mouth[48:] = [0.0, 3.0]
    faces = np.stack([one.home, one.home + mouth])
    detail = DetailMap(one.home, faces, np.concatenate([one.colours, 2 * one.colours], axis=1), (1.0,), one.look)
    sums = [float(detail.at(grey(64), one.home + step * mouth, 1.0)[..., 0].sum()) for step in (0, 0.5, 1)]
    assert sums[2] / sums[0] == pytest.approx(2, rel=0.1) and sums[0] < sums[1] < sums[2]


def test_neither_pose_nor_place_makes_a_face_another() -> None:
    home = detail_map(64).home
    turned = (home - 32) @ np.array([[0.98, 0.2], [-0.2, 0.98]]) * 1.1 + [36, 30]
    assert np.allclose(laid_over(turned, home), home)
    assert np.array_equal(laid_over(np.full((68, 2), 7.0), home), home)
    assert nearness(home, np.stack([home, home + 2.0]), 64) == pytest.approx([1, 0], abs=1e-6)


def test_it_is_lit_as_the_frame_is() -> None:
    detail = detail_map(64)
    peak, brighter = (float(detail.at(grey(64, level), detail.home, 1.0)[..., :3].max()) for level in (128, 192))
    assert brighter / peak == pytest.approx(200 / 136, rel=1e-3)
