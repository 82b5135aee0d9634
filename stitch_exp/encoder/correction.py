"""What an encoder understates about a clip, learned from its answers to its own renderings.

An encoder shrinks what it is unsure of towards the mean face. Shown a picture of the code it found, it shrinks once
more, and by how much can be seen: the difference is added to the code. One correction for all frames corrects the
person, costs a few renderings a clip, and leaves the steadiness of single codes as it is.

Reference: Alaluf et al. 2021, "ReStyle", section 3, for feeding a reconstruction back, there into a network trained for
it.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from stitch_exp.encoder.base import resized
from stitch_exp.networks.roles import Generator, Inverter

GAIN = 0.5
"""Share of the difference that is added each time; all of it swings."""
MOST_PX = 256
"""Encoders see no more; a larger picture costs more."""
STAND_INS = 8
"""Frames, evenly chosen, whose renderings stand for the clip."""
BATCH = 4
"""Renderings made at once."""


@torch.no_grad()
def common_correction(
    inverter: Inverter, generator: Generator, codes: Float[Tensor, "N L D"], rounds: int
) -> Float[Tensor, "L D"]:
    """What to add to all codes of a clip.

    Args:
        inverter: What found the codes.
        generator: Renders them.
        codes: Of all frames.
        rounds: How often the renderings of the corrected codes are looked at.
    """
    codes = codes[:: -(-len(codes) // STAND_INS)]
    correction = torch.zeros_like(codes[0])
    px = min(MOST_PX, generator.resolution)
    for _ in range(rounds):
        seen = [
            inverter(resized(generator(part + correction, resolution=px), inverter.input_size).clamp(-1, 1)).float()
            for part in codes.split(BATCH)
        ]
        correction = correction + GAIN * (codes - torch.cat(seen)).mean(dim=0)
    return correction
