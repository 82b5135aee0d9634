"""Smoothing without a look ahead: strong where little moves, weak where much does.

Reference: Casiez, Roussel and Vogel 2012, "1 Euro Filter: A Simple Speed-based Low-pass Filter for Noisy Input".
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float


class OneEuro:
    """Filters a vector that arrives value by value.

    Args:
        rest_hz: Cutoff for a value at rest; lower is steadier.
        per_speed: What one unit a second adds to the cutoff; higher follows quick motion more closely.
        speed_hz: Cutoff of the estimated speed.
    """

    def __init__(self, rest_hz: float, per_speed: float, speed_hz: float = 1.0) -> None:
        self.rest_hz, self.per_speed, self.speed_hz = rest_hz, per_speed, speed_hz
        self.reset()

    def reset(self) -> None:
        """Forget everything: the next value is taken as it is."""
        self._value: Float[np.ndarray, " D"] | None = None
        self._speed: Float[np.ndarray, " D"] | None = None
        self._time = 0.0

    def __call__(self, value: Float[np.ndarray, " D"], time_s: float) -> Float[np.ndarray, " D"]:
        """The smoothed value; a time that does not advance changes nothing."""
        if self._value is None or self._speed is None:
            self._value, self._speed, self._time = value.copy(), np.zeros_like(value), time_s
            return value.copy()
        step = time_s - self._time
        if step > 0:
            share = _share(self.speed_hz, step)
            self._speed = (1 - share) * self._speed + share * (value - self._value) / step
            # One speed for the whole vector: its parts belong to one motion.
            share = _share(self.rest_hz + self.per_speed * float(np.linalg.norm(self._speed)), step)
            self._value = (1 - share) * self._value + share * value
            self._time = time_s
        return self._value.copy()


def _share(cutoff_hz: float, step_s: float) -> float:
    """Weight of the new value in a first-order low-pass filter."""
    return 1 / (1 + 1 / (2 * math.pi * cutoff_hz * step_s))
