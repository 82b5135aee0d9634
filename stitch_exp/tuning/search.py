"""Before the generator is tuned: pivots that show this person, in every frame's expression, and are still faces.

The closer the pivots, the less is left to the tuning of weights, and weights that were moved little take edits as the
model does. Only the pivots change here: all together, then each frame by itself, then all together again.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from pytorch_lightning import Trainer
from torch import Tensor
from torch.utils.data import DataLoader

from stitch_exp.errors import DivergenceError
from stitch_exp.faces.tracker import Follows
from stitch_exp.fitting.progress import Progress
from stitch_exp.fitting.trainer import fit
from stitch_exp.networks.roles import Generator, Perceptual
from stitch_exp.settings import Count, Natural, NonNegative, Positive, Rate, Seed, checked
from stitch_exp.tuning.prior import principal_steps
from stitch_exp.tuning.resemblance import Resemblance
from stitch_exp.tuning.sanity import WORSE
from stitch_exp.tuning.shape import ShapedResemblance
from stitch_exp.tuning.singly import FrameSteps
from stitch_exp.tuning.steady import steadied
from stitch_exp.tuning.together import CommonOffset
from stitch_exp.types import AlignedClip, Workspace

BATCH = 4
"""Frames rendered at once."""


@checked
@dataclass(frozen=True, slots=True)
class PivotSearch:
    """Settings of the search.

    Args:
        num_updates: How many updates the common offset gets before frames are looked at singly; 0 leaves the pivots as
            the encoder made them, as published.
        num_steps: How many Gauss-Newton steps each frame gets; 0 leaves out both them and the updates after them.
        num_updates_after: How many updates a second common offset gets, around the frames' own steps.
        px: The side, in pixels, of the pictures compared, at most; a quarter of the pixels is a quarter of the time.
        learning_rate: The rate of Adam in standard deviations of W, above 0.
        pull: The weight of the offset's squared length in standard deviations (mean over components, sum over rows), 0
            or more.
        num_components: Along how many components of W the offset may lead, 1 or more.
        frame_components: Along how many components of W a frame's own step may lead, for each group of rows.
        frame_pull: The weight of the squared length of a frame's own step in standard deviations, above 0.
        sigma_frames: The width, in frames, of the Gaussian over neighbouring frames that takes the trembling out of the
            pivots; 0 leaves it out. Expressions last several frames, so that less than one changes them little.
        l2_weight: The weight of colours beside features, 0 or more; see `Resemblance`.
        landmark_weight: The weight of landmarks beside both in a frame's own step, 0 or more, so that mouths and lids
            move as filmed; see `ShapedResemblance`. 0 leaves them out.
        mesh: What finds the landmarks.
        seed: Where the draw of the order of frames begins.
    """

    num_updates: Natural
    num_steps: Natural
    num_updates_after: Natural
    px: Count
    learning_rate: Rate
    pull: NonNegative
    num_components: Count
    frame_components: Count
    frame_pull: Positive
    sigma_frames: NonNegative
    l2_weight: NonNegative
    landmark_weight: NonNegative
    mesh: Follows
    seed: Seed


class PivotFinder:
    """Carries a search out for one clip.

    Args:
        settings: Its settings.
        generator: The generator, already on the device; its weights get no gradient meanwhile.
        aligned: Source crops of all frames (a batch at a time is read), and where in the clip they belong.
        perceptual: What compares pictures.
        trainer: Makes the Trainer.
        device: Where networks run.
    """

    def __init__(
        self,
        settings: PivotSearch,
        generator: Generator,
        aligned: AlignedClip,
        perceptual: Perceptual,
        trainer: Callable[..., Trainer],
        device: torch.device,
    ) -> None:
        self.settings, self.generator, self.aligned = settings, generator, aligned
        self.trainer, self.device = trainer, device
        self.resemblance = Resemblance(perceptual, min(settings.px, generator.resolution), settings.l2_weight)
        self.steps = principal_steps(generator, max(settings.num_components, settings.frame_components), device)

    def __call__(self, codes: Float[Tensor, "N L D"], work: Workspace) -> Float[Tensor, "N L D"]:
        """The pivots found, from the encoder's.

        Raises:
            DivergenceError: They resemble the source less than the encoder's do.
        """
        settings = self.settings
        self.generator.synthesis.requires_grad_(False)
        codes = before = codes.to(self.device)
        codes = codes + self._offset(codes, settings.num_updates, work)
        if settings.num_steps:
            codes = steadied(self._singly(codes, work), self.aligned, settings.sigma_frames)
            codes = codes + self._offset(codes, settings.num_updates_after, work)
        self._check(before, codes)
        self.generator.synthesis.requires_grad_(True)
        return codes.cpu()

    @torch.no_grad()
    def _check(self, before: Float[Tensor, "N L D"], after: Float[Tensor, "N L D"]) -> None:
        index = torch.arange(len(before))[:: -(-len(before) // BATCH)]
        targets = self._targets(index)
        was, now = (
            float((self.resemblance.of_codes(codes[index], self.generator) - targets).square().sum(dim=1).mean())
            for codes in (before, after)
        )
        if not now <= WORSE * was:
            raise DivergenceError(
                f"the search for pivots lost the face: its distance was {was:.3g} before and is {now:.3g}; "
                "lower tuning.search.learning_rate"
            )

    @torch.no_grad()
    def _targets(self, index: Tensor, compared: Resemblance | ShapedResemblance | None = None) -> Float[Tensor, "B F"]:
        crops = np.stack([self.aligned.crops[frame] for frame in index.tolist()])
        return (compared or self.resemblance).of_crops(crops, self.device)

    def _offset(self, codes: Float[Tensor, "N L D"], num_updates: int, work: Workspace) -> Float[Tensor, "L D"] | float:
        if not num_updates:
            return 0.0
        settings = self.settings
        finder = CommonOffset(
            self.generator,
            codes,
            self._targets,
            self.resemblance,
            self.steps[: settings.num_components],
            num_updates=num_updates,
            learning_rate=settings.learning_rate,
            pull=settings.pull,
        )
        progress = Progress(work, "tuning", "moving the pivots", num_updates)
        trainer = self.trainer(own_precision="32-true", max_epochs=1, callbacks=[progress])
        order = torch.Generator().manual_seed(settings.seed)
        passes = -(-num_updates // len(codes))
        drawn = torch.cat([torch.randperm(len(codes), generator=order) for _ in range(passes)])[:num_updates]
        fit(trainer, finder, DataLoader(drawn.tolist(), batch_size=1))  # pyright: ignore[reportArgumentType]
        return finder.offset.detach().to(self.device)

    def _singly(self, codes: Float[Tensor, "N L D"], work: Workspace) -> Float[Tensor, "N L D"]:
        settings, compared = self.settings, self.resemblance
        if settings.landmark_weight:
            compared = ShapedResemblance(compared, settings.mesh, settings.landmark_weight, self.aligned)
        steps = FrameSteps(self.generator, compared, self.steps[: settings.frame_components], settings.frame_pull)
        around = steps.linearised(
            codes.mean(dim=0), lambda probes: work.track(probes, "learning the face", len(steps.directions))
        )
        starts = range(0, len(codes), BATCH)
        found = []
        for start in work.track(starts, "moving each pivot", len(starts)):
            batch, index = codes[start : start + BATCH], torch.arange(start, min(start + BATCH, len(codes)))
            found.append(steps.found(batch, self._targets(index, compared), around, settings.num_steps))
        return torch.cat(found)
