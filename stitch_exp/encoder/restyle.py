"""ReStyle: an encoder that looks at its own reconstruction and corrects the code, several times."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from stitch_exp.encoder.base import Encoder, batches, check_crops, check_kind, num_batches
from stitch_exp.networks.roles import Generator, Inverter
from stitch_exp.settings import Count, checked
from stitch_exp.types import AlignedClip, Pivots, Workspace


@checked
class ReStyle(Encoder):
    """Codes by iterative refinement, starting from the average face.

    Args:
        kind: Which network of the model to use: `restyle_e4e` or `restyle_psp`.
        num_iterations: How often each crop goes through the network, 1 or more; 5 in the paper, 3 in its StyleGAN3
            video pipeline.
        batch_size: Crops that go through the network at once, 1 or more; more take more memory.
        inverter: The network, with its average code.
        generator: The model's generator.
        device: Where both run.

    Reference: Alaluf et al. 2021, section 3, equations 1 to 3; SPEC 5.5.
    """

    def __init__(
        self,
        *,
        kind: str,
        num_iterations: Count,
        batch_size: Count,
        inverter: Inverter,
        generator: Generator,
        device: torch.device,
    ) -> None:
        check_kind(inverter, (kind,))
        self.num_iterations, self.batch_size, self.device = num_iterations, batch_size, device
        self.inverter, self.generator = inverter, generator

    @torch.no_grad()
    def __call__(self, aligned: AlignedClip, work: Workspace) -> Pivots:
        check_crops(aligned)
        average_image = self._seen(self.inverter.latent_avg[None])
        images = batches(aligned.crops, self.batch_size, self.inverter.input_size, self.device)
        total = num_batches(aligned, self.batch_size)
        codes = [self._refined(image, average_image).cpu() for image in work.track(images, "encoding", total)]
        return Pivots(torch.cat(codes))

    def _refined(
        self, images: Float[Tensor, "B 3 S S"], average_image: Float[Tensor, "1 3 S S"]
    ) -> Float[Tensor, "B L D"]:
        codes = self.inverter.latent_avg.expand(len(images), -1, -1)
        seen = average_image.expand_as(images)
        for iteration in range(self.num_iterations):
            codes = codes + self.inverter.offsets(torch.cat([images, seen], dim=1))
            if iteration + 1 < self.num_iterations:
                seen = self._seen(codes)
        return codes

    def _seen(self, codes: Float[Tensor, "B L D"]) -> Float[Tensor, "B 3 S S"]:
        """The reconstruction at the encoder's input size."""
        return F.adaptive_avg_pool2d(self.generator(codes), self.inverter.input_size)
