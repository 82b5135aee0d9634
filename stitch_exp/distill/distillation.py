"""The stage `distill`: from pairs to the weights of a live network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import numpy as np
import torch
from jaxtyping import Float
from pytorch_lightning import Trainer
from torch.utils.data import DataLoader

from stitch_exp.distill.camera import Camera
from stitch_exp.distill.contrast import missing_contrast, raised
from stitch_exp.distill.detail import learned_detail
from stitch_exp.distill.distiller import Distiller
from stitch_exp.distill.examples import Examples, planes
from stitch_exp.distill.imagination import Imagination
from stitch_exp.distill.lessons import Lessons
from stitch_exp.distill.objective import Weights
from stitch_exp.errors import DataError, SettingsError
from stitch_exp.fitting.progress import Progress
from stitch_exp.fitting.trainer import fit
from stitch_exp.networks.live_unet import LiveUNet
from stitch_exp.networks.roles import Perceptual
from stitch_exp.networks.tuned import detached_state
from stitch_exp.ops.detail import DetailMap
from stitch_exp.ops.ranges import to_unit
from stitch_exp.settings import Count, Range, Rate, Seed, checked
from stitch_exp.types import DistilledEdit, EditPairs, Workspace


@checked
class Distillation:
    """Trains one network for one edit of one clip.

    Args:
        shares: Strengths to learn, as shares of the run's own, one of them not 0; between and below them the change is
            in proportion.
        most_px: Side of the crops the network sees, at most.
        widths: Channels of the network at a half, a quarter, ... of that side.
        depths: Number of blocks at each of these widths.
        num_updates: Number of updates of the whole lesson, 1 or more.
        batch_size: Number of views in an update, 1 or more.
        learning_rate: Rate of AdamW at the start; it falls along half a cosine.
        sheets: Of the detail map, at most: kinds of faces it tells apart, times strengths. At 256 px each takes 0.4 MB
            of the file.
        imagination: Which faces the generator draws besides.
        most_frames: From how many frames of the clip is learned, at most, evenly spread: more say little new, and each
            has to be stitched at every strength.
        held_out: Share of the clip's last frames that are judged and not learned from; 0 learns from all.
        weights: Of the loss's terms.
        camera: How views differ from the clip.
        seed: Where the draws of first weights and of views begin.
        channels_last: Lay tensors out channel by channel: the filters' gradients take a third of the time. Off for
            networks of a few channels, which torch 2.14 does not survive in this layout.
        perceptual: Network of the perceptual term.
        trainer: Makes the Trainer.
        device: Where networks run.

    Raises:
        SettingsError: No strength but 0.
        DataError: The crops are too small for the network (when called).
    """

    version = 11

    def __init__(
        self,
        *,
        shares: Sequence[Annotated[float, Range(-1, 1)]],
        most_px: Count,
        widths: Sequence[Count],
        depths: Sequence[Count],
        num_updates: Count,
        batch_size: Count,
        learning_rate: Rate,
        sheets: Count,
        imagination: Imagination,
        most_frames: Count,
        held_out: Annotated[float, Range(0, 1, below=True)],
        weights: Weights,
        camera: Camera,
        seed: Seed,
        channels_last: bool,
        perceptual: Perceptual,
        trainer: Callable[..., Trainer],
        device: torch.device,
    ) -> None:
        if not any(shares):
            raise SettingsError({"shares": "names no strength but 0; name one to learn"})
        self.shares, self.most_px = tuple(float(share) for share in shares), most_px
        self.widths, self.depths = tuple(widths), tuple(depths)
        self.num_updates, self.batch_size, self.learning_rate = num_updates, batch_size, learning_rate
        self.most_frames, self.held_out = most_frames, held_out
        self.weights, self.camera, self.seed = weights, camera, seed
        self.sheets, self.imagination = sheets, imagination
        self.channels_last, self.perceptual, self.trainer, self.device = channels_last, perceptual, trainer, device

    def learned(self, num_frames: int) -> slice:
        """Which frames of a clip of so many are learned from.

        Raises:
            DataError: None.
        """
        last = self.judged(num_frames).start
        if last < 1:
            raise DataError("distill.held_out leaves no frame to learn from; use less, or a longer clip")
        return slice(0, last, -(-last // self.most_frames))

    def judged(self, num_frames: int) -> slice:
        """Which frames are held out, from the first after those that may be learned from."""
        return slice(num_frames - round(self.held_out * num_frames), num_frames, 1)

    def __call__(self, pairs: EditPairs, imagined: EditPairs, held_out: EditPairs, work: Workspace) -> DistilledEdit:
        """A network that has learned from pairs.

        Args:
            pairs: Filmed faces to learn from.
            imagined: Faces that were never filmed, which may be none.
            held_out: Filmed faces to judge it on, which may be none: it is judged on what it learned then.
            work: Progress.
        """
        torch.manual_seed(self.seed)
        network = LiveUNet(widths=self.widths, depths=self.depths)
        if self.channels_last:
            network = network.to(memory_format=torch.channels_last)
        side = pairs.sources.shape[1]
        _check(side, network)
        count = self.num_updates * self.batch_size
        lessons = Lessons(pairs, range(len(pairs.sources)), imagined)
        detail = learned_detail(lessons, self.sheets)
        examples = Examples(lessons, detail, self.camera, count, self.seed)
        distiller = Distiller(network, self.perceptual, self.weights, self.learning_rate, self.num_updates, self.seed)
        progress = Progress(work, "distill", "distilling", self.num_updates)
        fit(
            self.trainer(own_precision="32-true", max_epochs=1, callbacks=[progress]),
            distiller,
            DataLoader(examples, batch_size=self.batch_size),
        )
        detail = raised(detail, missing_contrast(lessons, detail, self.sheets))
        judged, where = (held_out, "held out") if len(held_out.sources) else (pairs, "trained")
        explained = explained_energy(network.to(self.device).eval(), detail, judged, self.device)
        losses = np.array(distiller.losses)
        return DistilledEdit(
            detached_state(network), self.widths, self.depths, side, losses, explained, judged.shares, where,
            home=detail.home, faces=detail.faces, detail=detail.colours, detail_shares=tuple(detail.shares),
            look_home=detail.look.home, brightness=detail.look.brightness, tolerance=detail.look.tolerance,
        )  # fmt: skip


def _check(side: int, network: LiveUNet) -> None:
    if side % network.multiple:
        raise DataError(
            f"crops of {side} px do not fit distill.widths of {len(network.widths)} levels, which needs a multiple of "
            f"{network.multiple}; use fewer levels"
        )


@torch.no_grad()
def explained_energy(
    network: LiveUNet, detail: DetailMap, pairs: EditPairs, device: torch.device
) -> Float[np.ndarray, " K"]:
    """How much of the change the network predicts, for each strength: 1 - squared error / squared change.

    Args:
        network: On `device`, in evaluation mode.
        detail: The map it was trained with.
        pairs: Crops as filmed and edited.
        device: Where the network runs.
    """
    found = []
    for k, share in enumerate(pairs.shares):
        error = energy = 1e-12
        for n in range(len(pairs.sources)):
            source = to_unit(pairs.sources[n : n + 1], device)
            change = to_unit(pairs.targets[k, n : n + 1], device) - source
            bent = planes(detail.at(np.asarray(pairs.sources[n]), pairs.landmarks[n], float(share)))[None].to(device)
            predicted = network(source, torch.full((1,), float(share), device=device), bent).colour
            error += float((predicted - change).square().sum())
            energy += float(change.square().sum())
        found.append(1 - error / energy)
    return np.array(found)
