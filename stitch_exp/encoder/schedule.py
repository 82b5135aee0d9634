"""How the W projector changes its learning rate and its noise over the steps.

Reference: Karras et al. 2020 (StyleGAN2), appendix D; PTI's settings; SPEC 5.7.
"""

from dataclasses import dataclass

from stitch_exp.fitting.schedules import ramp


@dataclass(frozen=True, slots=True)
class Schedule:
    """Progress is `step / num_steps`, so that the first step has rate 0.

    Args:
        num_steps: Length of the optimisation.
        ramp_up: Share of the steps over which the rate grows linearly from 0.
        ramp_down: Share of the steps at the end over which it falls along a cosine.
        noise_factor: Noise on W at the start, in units of W's own spread.
        noise_ramp: Share of the steps after which there is no more noise on W.
    """

    num_steps: int
    ramp_up: float
    ramp_down: float
    noise_factor: float
    noise_ramp: float

    def rate(self, step: int) -> float:
        """Factor of the learning rate, in [0, 1]."""
        return ramp(step / self.num_steps, self.ramp_up, self.ramp_down)

    def noise(self, step: int) -> float:
        """Noise on W, in units of W's own spread."""
        return self.noise_factor * max(0.0, 1.0 - step / self.num_steps / self.noise_ramp) ** 2
