"""Rates over an optimisation, at points that can be computed by hand."""

import pytest

from stitch_exp.fitting.schedules import SCHEDULES, constant, cosine, cosine_at, half_cosine, ramp


@pytest.mark.parametrize(
    ("done", "factor"), [(0.0, 0.0), (0.025, 0.5), (0.05, 1.0), (0.75, 1.0), (0.875, 0.5), (1.0, 0.0)]
)
def test_a_ramp_rises_over_a_twentieth_and_falls_over_the_last_quarter(done: float, factor: float) -> None:
    assert ramp(done) == pytest.approx(factor, abs=1e-12)


def test_half_a_cosine() -> None:
    assert [half_cosine(done) for done in (0.0, 1 / 3, 0.5, 2 / 3, 1.0)] == pytest.approx([1.0, 0.75, 0.5, 0.25, 0.0])


def test_the_cosine_rises_before_it_falls() -> None:
    assert cosine(0.025) == pytest.approx(0.5 * half_cosine(0.025))
    assert cosine(0.5) == pytest.approx(0.5)


def test_no_update_has_a_rate_of_zero() -> None:
    assert cosine_at(0, 1) == pytest.approx(0.5)
    assert cosine_at(2, 3) == pytest.approx(0.5 - 0.5**1.5)
    assert all(cosine_at(update, 1000) > 0 for update in (0, 999))


def test_the_names_that_settings_know() -> None:
    assert set(SCHEDULES) == {"constant", "ramp", "cosine"}
    assert SCHEDULES["constant"](0.001) == 1.0 and SCHEDULES["ramp"](0.875) == pytest.approx(0.5)


def test_ramp_ends_at_zero_and_cosine_starts_high() -> None:
    assert ramp(1.0) == 0 and ramp(0.5) == 1 and constant(0.1) == 1
    assert cosine(0.05) > 0.99 and cosine(1.0) == pytest.approx(0)
