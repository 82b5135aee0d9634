"""Settings of `tuning.pti`, one class for each of its parts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

from torch import nn
from torch.optim import Adam, Optimizer

from stitch_exp.errors import SettingsError
from stitch_exp.fitting.muon import Muon
from stitch_exp.fitting.schedules import SCHEDULES
from stitch_exp.settings import Count, Natural, NonNegative, Positive, Range, Rate, Seed, Share, checked


@checked
@dataclass(frozen=True, slots=True)
class Updates:
    """The optimiser and its rate.

    Args:
        learning_rate: The rate of Adam, above 0; 3e-5 as published.
        kernel_rate: The spectral norm of an update of a convolution kernel, by Muon, 0 to 10; 0 leaves kernels to Adam,
            as published.
        schedule: How the rate goes on: `constant` as published, `ramp` (the published option) or `cosine`.
        precision: The precision of the networks during updates: `32-true` as published, `bf16-mixed`, `16-mixed`, or
            `native`, which is bfloat16 on hardware that multiplies it and float32 elsewhere. Weights and their updates
            stay in float32, and `runtime.precision` overrules it.
        at_least: How many updates there are at least, by further passes over a clip of few frames; 0 adds none, as
            published.

    Raises:
        SettingsError: An unknown schedule.
    """

    learning_rate: Rate
    kernel_rate: Annotated[float, Range(0, 10)]
    schedule: Literal["constant", "ramp", "cosine"]
    precision: str
    at_least: Natural

    def __post_init__(self) -> None:
        if self.schedule not in SCHEDULES:
            raise SettingsError({"schedule": f"is {self.schedule!r}; use one of {', '.join(SCHEDULES)}"}, "Updates")

    def optimiser(self, parameters: Iterable[nn.Parameter]) -> Optimizer:
        """Adam as published, or Muon when kernels have a rate of their own."""
        if self.kernel_rate:
            return Muon(parameters, kernel_rate=self.kernel_rate, learning_rate=self.learning_rate)
        return Adam(parameters, lr=self.learning_rate, betas=(0.9, 0.999), fused=True)


@checked
@dataclass(frozen=True, slots=True)
class Frames:
    """Which frames are tuned on, and in which order.

    Args:
        num_keyframes: How many representative frames are tuned on, 1 or more; null takes all, as published.
        batch_size: How many frames are in an update, 1 or more; 1 in the paper.
        shuffle: Whether every pass has a new order; the published order is fixed.
        seed: Where the draws of the order and of the regulariser's codes begin.
    """

    num_keyframes: Count | None
    batch_size: Count
    shuffle: bool
    seed: Seed


@checked
@dataclass(frozen=True, slots=True)
class Stop:
    """When to stop before the last pass.

    Args:
        loss: The mean loss of a pass below which tuning stops, 0 or more; 0 never stops it.
        gain: Tuning stops after a pass that lowered the mean loss by less than this share, 0 to 1; 0 never stops it.
    """

    loss: NonNegative
    gain: Share


@checked
@dataclass(frozen=True, slots=True)
class LocalityRule:
    """The locality regulariser; see `tuning.locality.Locality`.

    Args:
        weight: The weight of both its terms, 0 or more; 0 leaves it out, as the published command line does.
        distance: How far from the pivots it looks, in units of W+, above 0.
    """

    weight: NonNegative
    distance: Positive
