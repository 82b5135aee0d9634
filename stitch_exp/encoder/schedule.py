"""How the W projector changes its learning rate and its noise over the steps.

Reference: Karras et al. 2020 (StyleGAN2), appendix D; PTI's settings; SPEC 5.7.
"""

from dataclasses import dataclass
from typing import Annotated

from stitch_exp.fitting.schedules import ramp
from stitch_exp.settings import Count, NonNegative, Range, Rate, Seed, checked


@checked
@dataclass(frozen=True, slots=True)
class ProjectionSchedule:
    """Progress is `step / num_steps`, so that the first step has rate 0.

    Args:
        num_steps: How many steps each crop gets, 1 or more: 450 in PTI, 50 in the published settings of Stitch it in
            Time.
        ramp_up: The share of the steps over which the rate grows linearly from 0, above 0 and at most 1.
        ramp_down: The share of the steps at the end over which it falls along a cosine, above 0 and at most 1.
        noise_factor: The noise on W at the start, in units of W's own spread, 0 or more.
        noise_ramp: The share of the steps after which there is no more noise on W, above 0 and at most 1.
    """

    num_steps: Count
    ramp_up: Annotated[float, Range(0, 1, above=True)]
    ramp_down: Annotated[float, Range(0, 1, above=True)]
    noise_factor: NonNegative
    noise_ramp: Annotated[float, Range(0, 1, above=True)]

    def rate(self, step: int) -> float:
        """Factor of the learning rate, in [0, 1]."""
        return ramp(step / self.num_steps, self.ramp_up, self.ramp_down)

    def noise(self, step: int) -> float:
        """Noise on W, in units of W's own spread."""
        return self.noise_factor * max(0.0, 1.0 - step / self.num_steps / self.noise_ramp) ** 2


@checked
@dataclass(frozen=True, slots=True)
class ProjectionUpdates:
    """The optimiser of the projector.

    Args:
        learning_rate: The rate of Adam between its ramps, above 0; 0.01 as in PTI.
        noise_weight: The weight of the regulariser that keeps the noise maps free of structure, 0 or more; 1e5 as in
            PTI.
        batch_size: How many crops are optimised side by side, 1 or more; more take more memory, and the result does not
            depend on it.
        seed: Where the noise of W begins: frame n draws from seed + n.
    """

    learning_rate: Rate
    noise_weight: NonNegative
    batch_size: Count
    seed: Seed
