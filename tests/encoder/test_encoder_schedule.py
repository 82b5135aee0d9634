"""Rate and noise of the projector, at steps that can be computed by hand."""

import pytest

from stitch_exp.encoder.schedule import ProjectionSchedule
from stitch_exp.errors import ConfigError

SETTINGS = {"num_steps": 100, "ramp_up": 0.1, "ramp_down": 0.5, "noise_factor": 0.5, "noise_ramp": 0.5}


@pytest.mark.parametrize(
    ("step", "rate", "noise"), [(0, 0, 0.5), (5, 0.5, 0.405), (25, 1, 0.125), (75, 0.5, 0), (99, 0.00099, 0)]
)
def test_the_rate_rises_and_falls_and_the_noise_dies_away(step: int, rate: float, noise: float) -> None:
    schedule = ProjectionSchedule(**SETTINGS)
    assert schedule.rate(step) == pytest.approx(rate, abs=1e-5)
    assert schedule.noise(step) == pytest.approx(noise)


@pytest.mark.parametrize(
    ("name", "value"), [("ramp_up", 0.0), ("ramp_down", 1.5), ("noise_factor", -1.0), ("num_steps", 0)]
)
def test_ranges(name: str, value: float) -> None:
    with pytest.raises(ConfigError, match=name):
        ProjectionSchedule(**SETTINGS | {name: value})
