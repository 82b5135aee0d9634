"""Encoders that need one forward pass: e4e (the paper's choice) and pSp."""

import torch

from stitch_exp.encoder.base import Encoder, batches, check_crops, check_kind, num_batches
from stitch_exp.encoder.correction import common_correction
from stitch_exp.networks.roles import Generator, Inverter
from stitch_exp.settings import Count, Natural, checked
from stitch_exp.types import AlignedClip, Pivots, Workspace


@checked
class FeedForward(Encoder):
    """Codes of all crops from one pass through the network.

    Args:
        kind: Which network of the model to use: `e4e` or `psp`.
        corrections: How often what the network says of its own renderings corrects all codes together; 0, as published,
            never. See `correction.common_correction`.
        inverter: That network, with its average code.
        generator: What renders codes, where they are corrected.
        batch_size: Crops that go through the network at once, 1 or more; more take more memory.
        device: Where the networks run.

    Reference: Tov et al. 2021 (e4e), section 5; Richardson et al. 2021 (pSp); Stitch it in Time, section 4.2.
    """

    def __init__(
        self,
        *,
        kind: str,
        corrections: Natural,
        inverter: Inverter,
        generator: Generator,
        batch_size: Count,
        device: torch.device,
    ) -> None:
        check_kind(inverter, (kind,))
        self.inverter, self.generator, self.corrections = inverter, generator, corrections
        self.batch_size, self.device = batch_size, device

    @torch.no_grad()
    def __call__(self, aligned: AlignedClip, work: Workspace) -> Pivots:
        check_crops(aligned)
        images = batches(aligned.crops, self.batch_size, self.inverter.input_size, self.device)
        total = num_batches(aligned, self.batch_size)
        codes = torch.cat([self.inverter(image).float() for image in work.track(images, "encoding", total)])
        if self.corrections:
            codes = codes + common_correction(self.inverter, self.generator, codes, self.corrections)
        return Pivots(codes.cpu())
