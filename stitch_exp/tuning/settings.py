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
        learning_rate: Of Adam.
        kernel_rate: Spectral norm of an update of a convolution kernel, by Muon; 0 leaves kernels to Adam (published).
        schedule: `constant` (published), `ramp` (the published option) or `cosine`.
        precision: Of the networks during updates: `32-true` (published), `bf16-mixed`, `16-mixed`, or `native`:
            bfloat16 on hardware that multiplies it, else float32. Weights and their updates stay in float32, and
            `runtime.precision` overrules it.
        at_least: So many updates in all, by further passes over a clip of few frames; 0 adds none (published).

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
        num_keyframes: So many representative frames only; null for all.
        batch_size: Frames in an update; 1 in the paper.
        shuffle: New order in every pass; the published order is fixed.
        seed: Of the order, and of the regulariser's codes.
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
        loss: After a pass with a lower mean loss; 0 never.
        gain: After a pass that lowered the mean loss by less than this share; 0 never.
    """

    loss: NonNegative
    gain: Share


@checked
@dataclass(frozen=True, slots=True)
class LocalityRule:
    """The locality regulariser; see `tuning.locality.Locality`.

    Args:
        weight: Of both its terms; 0 leaves it out, as the published command line does.
        distance: How far from the pivots it looks, in W+.
    """

    weight: NonNegative
    distance: Positive
