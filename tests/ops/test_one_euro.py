"""The causal filter: steady at rest, close to quick motion, and it waits for nobody."""

import numpy as np

from stitch_exp.ops.one_euro import OneEuro

STEP = 1 / 25


def filtered(values: np.ndarray, euro: OneEuro) -> np.ndarray:
    return np.array([euro(value, i * STEP) for i, value in enumerate(values)])


def test_trembling_at_rest_is_smoothed() -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, (200, 2))
    out = filtered(noise, OneEuro(1.0, 0.5))
    assert out[20:].std() < 0.5 * noise[20:].std()


def test_quick_motion_is_followed_closely() -> None:
    ramp = np.arange(50)[:, None] * np.array([[0.1, 0.0]])
    slow, quick = filtered(ramp, OneEuro(1.0, 0.0)), filtered(ramp, OneEuro(1.0, 8.0))
    assert abs(quick[-1, 0] - ramp[-1, 0]) < 0.05 < 0.3 < abs(slow[-1, 0] - ramp[-1, 0])


def test_a_value_that_stays_stays_and_the_first_one_is_taken_as_it_is() -> None:
    euro = OneEuro(1.0, 1.0)
    assert np.allclose(filtered(np.full((5, 3), 7.0), euro), 7.0)
    assert np.array_equal(euro(np.full(3, 9.0), 4 * STEP), np.full(3, 7.0))  # the clock did not advance
    euro.reset()
    assert np.array_equal(euro(np.full(3, 9.0), 0.0), np.full(3, 9.0))


def test_the_result_does_not_depend_on_what_comes_later() -> None:
    values = np.random.default_rng(1).normal(size=(10, 2))
    assert np.array_equal(filtered(values, OneEuro(1.0, 1.0))[:5], filtered(values[:5], OneEuro(1.0, 1.0)))
