"""No tuning: the ablation "without PTI", and the start of a first look."""

import numpy as np
import torch

from stitch_exp.networks.roles import Generator
from stitch_exp.networks.tuned import detached_state, render_into
from stitch_exp.settings import Count, checked
from stitch_exp.tuning.base import Tuning, starting_generator
from stitch_exp.types import AlignedClip, Pivots, TunedGenerator, Workspace, WPlus


@checked
class NoTuning(Tuning):
    """The model's generator as it is (with the encoder's weight offsets, if it gave any).

    Args:
        render_batch: How many frames are rendered at once, 1 or more; more take more memory.
        generator: The model's generator.
        device: Where it runs.
    """

    def __init__(self, *, render_batch: Count, generator: Generator, device: torch.device) -> None:
        self.render_batch, self.generator, self.device = render_batch, generator, device

    def __call__(self, aligned: AlignedClip, pivots: Pivots, work: Workspace) -> TunedGenerator:
        generator = starting_generator(self.generator, pivots.weight_offsets, self.device)
        inversions = work.allocate("inversions", aligned.crops.shape)
        codes = WPlus(pivots.codes.to(self.device))
        render_into(inversions, codes, generator, self.render_batch, work.track, "rendering inversions")
        return TunedGenerator(detached_state(generator), pivots.codes, inversions, np.zeros(0))
