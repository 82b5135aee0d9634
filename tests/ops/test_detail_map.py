"""The detail map: it lies where the landmarks are, and each sign of the strength has its own."""

import numpy as np
import pytest

from stitch_exp.ops.detail import DetailMap


def detail_map(side: int, shares: tuple[float, ...] = (1.0,)) -> DetailMap:
    """A spot in the middle of a face, brighter the later its share comes."""
    home = np.random.default_rng(0).uniform(0.25 * side, 0.75 * side, (68, 2))
    rows, columns = np.mgrid[:side, :side] - (side - 1) / 2
    spot = np.exp(-(rows**2 + columns**2) / (2 * (side / 10) ** 2))[..., None].astype(np.float32)
    return DetailMap(home, np.stack([40.0 * (k + 1) * np.tile(spot, 3) for k in range(len(shares))]), shares)


def test_it_follows_the_landmarks() -> None:
    detail = detail_map(64)
    assert detail.side == 64
    assert np.abs(detail.at(detail.home, 1.0) - detail.colours[0]).max() < 1e-3
    moved = detail.at(detail.home + np.array([4.0, 0.0]), 1.0)[..., 0]
    assert float((moved.sum(0) * np.arange(64)).sum() / moved.sum()) == pytest.approx(31.5 + 4, abs=0.7)


def test_each_sign_has_its_map_and_one_map_serves_both() -> None:
    detail = detail_map(64, (1.0, -0.5))
    peaks = [float(detail.at(detail.home, share).max()) for share in (0.2, 1.0, -0.1, -1.0)]
    assert peaks == pytest.approx([40, 40, 80, 80], rel=0.02)
    alone = detail_map(64)
    assert np.array_equal(alone.at(alone.home, -1.0), alone.at(alone.home, 1.0))
