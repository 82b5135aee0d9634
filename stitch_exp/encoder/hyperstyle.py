"""HyperStyle: a code in W, and offsets of the generator's weights predicted by a hypernetwork."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from stitch_exp.encoder.base import Encoder, batches, check_crops, check_kind
from stitch_exp.fitting.keyframes import keyframes
from stitch_exp.inverters.hyperstyle import HyperNetwork, render_offset
from stitch_exp.networks.roles import Generator, Inverter
from stitch_exp.settings import Count, Natural, checked
from stitch_exp.types import AlignedClip, Pivots, Workspace


@checked
class HyperStyle(Encoder):
    """W codes of all crops, and one set of weight offsets for the clip.

    HyperStyle changes the generator for each image, while this method keeps one generator for the whole clip, because
    per-frame weights would flicker and tuning starts from a single network. The offsets of the frames are therefore
    averaged: offsets of one person agree in identity and differ in noise, and the mean is what is nearest to all of
    them in the least squares. Tuning starts from that generator (`tuning=pti`) or takes it as it is (`tuning=none`).

    Args:
        kind: Which network of the model gives the code: `w_encoder`.
        num_iterations: How often the offsets are refined, 1 or more; 5 as in the paper.
        num_frames: The offsets of at most so many frames are averaged, those whose codes differ most; None takes all.
        inverter: The W encoder, with its average code.
        hypernetwork: `inverters.hyperstyle.HyperNetwork`; predicts the offsets.
        generator: The model's StyleGAN2 generator; it is not changed.
        device: Where all of them run.

    Reference: Alaluf et al. 2022, section 3.2, equations 2 and 3; SPEC 5.6.
    """

    def __init__(
        self,
        *,
        kind: str,
        num_iterations: Natural,
        num_frames: Count | None,
        inverter: Inverter,
        hypernetwork: HyperNetwork,
        generator: Generator,
        device: torch.device,
    ) -> None:
        check_kind(inverter, (kind,))
        self.num_iterations, self.num_frames, self.device = num_iterations, num_frames, device
        self.inverter, self.generator, self.hypernetwork = inverter, generator, hypernetwork

    @torch.no_grad()
    def __call__(self, aligned: AlignedClip, work: Workspace) -> Pivots:
        check_crops(aligned)
        images = batches(aligned.crops, 1, self.inverter.input_size, self.device)
        codes = torch.cat([self._code(image) for image in work.track(images, "encoding", len(aligned.crops))])
        frames, mean = keyframes(codes, self.num_frames), {}
        images = batches(aligned.crops[frames], 1, self.inverter.input_size, self.device)
        for index, image in zip(frames, work.track(images, "weight offsets", len(frames)), strict=True):
            _add(mean, self.offsets(image, codes[index : index + 1]), 1 / len(frames))
        return Pivots(codes.cpu(), {key: offset.cpu() for key, offset in mean.items()})

    def _code(self, image: Float[Tensor, "1 3 S S"]) -> Float[Tensor, "1 L D"]:
        # An average of one row says nothing about how many rows the generator takes.
        return self.inverter(image).expand(-1, self.generator.num_ws, -1)

    def offsets(self, image: Float[Tensor, "1 3 S S"], codes: Float[Tensor, "1 L D"]) -> dict[str, Tensor]:
        """Accumulated offsets of one image, under the keys of the generator's weights."""
        found: dict[str, Tensor] = {}
        for _ in range(self.num_iterations):
            reconstruction = render_offset(self.generator, found, codes)
            seen = F.adaptive_avg_pool2d(reconstruction, self.hypernetwork.input_size)
            shown = F.adaptive_avg_pool2d(image, self.hypernetwork.input_size)
            step = self.hypernetwork(torch.cat([shown, seen], dim=1))
            _add(found, {key: offset[0] for key, offset in step.items()}, 1.0)
        return found


def _add(total: dict[str, Tensor], parts: dict[str, Tensor], factor: float) -> None:
    for key, part in parts.items():
        total[key] = total[key] + factor * part if key in total else factor * part
