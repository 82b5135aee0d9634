"""Encoders that need one forward pass: e4e (the paper's choice) and pSp."""

import torch

from stitch_exp.encoder.base import Encoder, batches, check_crops, check_kind, num_batches
from stitch_exp.networks.roles import Inverter
from stitch_exp.settings import Count, checked
from stitch_exp.types import AlignedClip, Pivots, Workspace


@checked
class FeedForward(Encoder):
    """Codes of all crops from one pass through the network; the generator is not needed.

    Args:
        kind: Which network of the model to use: `e4e` or `psp`.
        inverter: That network, with its average code.
        batch_size: Crops that go through the network at once, 1 or more; more take more memory.
        device: Where the network runs.

    Reference: Tov et al. 2021 (e4e), section 5; Richardson et al. 2021 (pSp); Stitch it in Time, section 4.2.
    """

    def __init__(self, *, kind: str, inverter: Inverter, batch_size: Count, device: torch.device) -> None:
        check_kind(inverter, (kind,))
        self.inverter, self.batch_size, self.device = inverter, batch_size, device

    @torch.no_grad()
    def __call__(self, aligned: AlignedClip, work: Workspace) -> Pivots:
        check_crops(aligned)
        images = batches(aligned.crops, self.batch_size, self.inverter.input_size, self.device)
        total = num_batches(aligned, self.batch_size)
        codes = [self.inverter(image).float().cpu() for image in work.track(images, "encoding", total)]
        return Pivots(torch.cat(codes))
