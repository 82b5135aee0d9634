import numpy as np
import pytest

from stitch_exp.report.statistics import holm, interval, measured, paired


def test_an_interval_of_clips_lies_between_them_and_around_the_mean():
    low, high = interval([(1.0, None), (2.0, None), (3.0, None)])
    assert 1.0 <= low < 2.0 < high <= 3.0 and interval([(1.0, None), (2.0, None), (3.0, None)]) == (low, high)


def test_equal_clips_leave_no_doubt():
    assert interval([(2.0, None)] * 4) == (2.0, 2.0)


def test_one_clip_is_as_sure_as_its_frames_are_alike():
    steady, noisy = np.full(100, 5.0), 5.0 + np.random.default_rng(0).normal(size=100)
    assert interval([measured(5.0, steady)]) == (5.0, 5.0)
    low, high = interval([measured(float(noisy.mean()), noisy)])
    assert low < noisy.mean() < high and 0.2 < high - low < 0.7  # about 2 * 1.96 / sqrt(100)


def test_frames_that_are_alike_in_runs_count_for_less():
    values = np.random.default_rng(1).normal(size=16)
    slow, fast = np.repeat(values, 16), np.random.default_rng(2).permutation(np.repeat(values, 16))
    (a, b), (c, d) = (interval([measured(float(curve.mean()), curve)]) for curve in (slow, fast))
    assert b - a > 2 * (d - c)


def test_the_first_and_last_frames_count_as_often_as_the_others():
    curve = np.array([0.0, 9.0, 9.0, 9.0, 0.0])
    low, high = interval([measured(5.4, curve)])
    assert low < 5.4 < high


def test_nothing_to_draw_from_is_undefined():
    assert np.isnan(interval([])).all() and np.isnan(interval([(1.0, None)])).all()


def test_a_value_that_is_not_the_mean_of_its_curve_keeps_its_value():
    assert measured(9.0, np.array([1.0, 9.0]))[1] is None and measured(5.0, np.array([1.0, np.nan, 9.0]))[1].size == 2


@pytest.mark.parametrize(
    ("differences", "chance"), [([1.0, 2.0, 3.0], 1 / 8), ([1.0, 1.0, -1.0], 4 / 8), ([-1.0], 1.0), ([2.0], 0.5)]
)
def test_signs_are_tossed(differences, chance):
    assert paired(differences) == pytest.approx(chance)


def test_many_clips_are_tossed_at_random():
    assert paired([1.0] * 20) < 0.001 and paired([1.0, -1.0] * 10) > 0.3 and np.isnan(paired([]))


def test_many_claims_are_corrected():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, float("nan"), 0.9])[0] == 1.0 and np.isnan(holm([float("nan")])[0])
