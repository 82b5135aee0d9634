"""Learning rates over the course of an optimisation, as factors of the base rate."""

import math
from collections.abc import Callable
from typing import Literal

ScheduleName = Literal["constant", "ramp", "cosine"]
Schedule = Callable[[float], float]
"""Done share of the optimisation in (0, 1] to a factor."""


def constant(done: float) -> float:
    """The published default."""
    return 1.0


def ramp(done: float, up: float = 0.05, down: float = 0.25) -> float:
    """Linear rise over the first `up`, cosine fall over the last `down`; the last value is 0.

    Reference: StyleGAN2 (Karras et al. 2020), appendix D; the optional ramp of the published code.
    """
    fall = 0.5 - 0.5 * math.cos(math.pi * min(1.0, (1.0 - done) / down))
    return fall * min(1.0, done / up)


def half_cosine(done: float) -> float:
    """Half a cosine from 1 to 0."""
    return 0.5 * (1.0 + math.cos(math.pi * done))


def cosine(done: float, up: float = 0.05) -> float:
    """Half a cosine from 1 to 0 after a short linear rise: large steps first, none wasted on jitter at the end."""
    return min(1.0, done / up) * half_cosine(done)


def cosine_at(update: int, num_updates: int) -> float:
    """`cosine` at an update, counted from 0; neither the first update nor the last has a rate of 0."""
    return cosine(min(1.0, (update + 1) / (num_updates + 1)))


SCHEDULES: dict[ScheduleName, Schedule] = {"constant": constant, "ramp": ramp, "cosine": cosine}
