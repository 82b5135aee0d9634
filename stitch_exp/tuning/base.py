"""What every way of tuning shares: the call of the stage, and the generator it starts from."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

import torch
from torch import Tensor

from stitch_exp.networks.roles import Generator
from stitch_exp.networks.tuned import tunable_copy
from stitch_exp.types import AlignedClip, Pivots, TunedGenerator, Workspace


class Tuning(ABC):
    """Makes the generator of a clip."""

    @abstractmethod
    def __call__(self, aligned: AlignedClip, pivots: Pivots, work: Workspace) -> TunedGenerator:
        """One generator for all frames, and its rendering of the pivots."""


def starting_generator(generator: Generator, weight_offsets: Mapping[str, Tensor], device: torch.device) -> Generator:
    """A copy to tune, with the encoder's own weight offsets (HyperStyle) applied when there are any."""
    if not weight_offsets:
        return tunable_copy(generator, device)
    from stitch_exp.inverters.hyperstyle import offset_weights

    return tunable_copy(offset_weights(generator, weight_offsets), device)
