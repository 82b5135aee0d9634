"""What every metric with one value a frame does."""

import numpy as np

from stitch_exp.measures.base import PerFrame, mean_defined
from stitch_exp.measures.observation import Observation
from stitch_exp.measures.quantity import Quantity


class Sum(PerFrame):
    """Leak and steps of a frame, added."""

    word = "sum"
    inputs = ("leak", "steps")
    quantities = (Quantity(name="sum", title="Sum", meaning="Their sum.", group="Cost", unit="px", better="lower"),)

    def measure(self, leak: float, steps: float) -> float:
        return leak + steps


def test_a_frame_that_lacks_an_input_is_undefined_and_does_not_count() -> None:
    metric = Sum()
    for leak, steps in ((1.0, 2.0), (None, 2.0), (3.0, 4.0)):
        metric.update(Observation(leak=leak, steps=steps))
    (result,) = metric.compute()
    assert (result.name, result.unit, result.better, result.value) == ("sum", "px", "lower", 5.0)
    assert result.per_frame is not None and np.array_equal(result.per_frame, [3.0, np.nan, 7.0], equal_nan=True)
    metric.reset()
    assert np.isnan(metric.compute()[0].value)


def test_the_mean_of_what_is_defined() -> None:
    assert mean_defined(np.array([1.0, np.nan, 4.0])) == 2.5
    assert np.isnan(mean_defined(np.full(3, np.nan)))
