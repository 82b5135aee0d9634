"""Low-pass filters along time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stitch_exp.ops.smoothing import jitter, smooth_in_time

sigmas = st.just(0.0) | st.floats(0.1, 6)


@given(sigma=sigmas, length=st.integers(1, 30), value=st.floats(-1e3, 1e3))
def test_what_is_still_stays_still(sigma, length, value):
    np.testing.assert_allclose(smooth_in_time(np.full((length, 2), value), sigma), value, atol=1e-9)


@given(sigma=sigmas, seed=st.integers(0, 99))
def test_mean_and_range_are_kept(sigma, seed):
    values = np.random.default_rng(seed).normal(size=(25, 3))
    smoothed = smooth_in_time(values, sigma)
    np.testing.assert_allclose(smoothed.mean(0), values.mean(0), atol=1e-9)
    assert smoothed.max() <= values.max() + 1e-12


def test_radius_is_four_sigmas():
    impulse = np.zeros((41, 1))
    impulse[20] = 1
    assert np.flatnonzero(smooth_in_time(impulse, 3.0)).tolist() == list(range(8, 33))


def test_sigma_zero_is_the_input():
    values = np.random.default_rng(0).normal(size=(5, 2))
    assert smooth_in_time(values, 0.0) is values


@pytest.mark.parametrize("speed", [0.0, 3.5])
def test_constant_speed_has_no_jitter(speed):
    points = np.arange(10)[:, None, None] * np.full((1, 4, 2), speed)
    np.testing.assert_allclose(jitter(points), np.zeros(8), atol=1e-12)


def test_jitter_of_a_tremble():
    points = np.zeros((6, 1, 2))
    points[1::2, 0, 0] = 1
    np.testing.assert_allclose(jitter(points), [2, 2, 2, 2])
