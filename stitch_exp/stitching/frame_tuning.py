"""The step `FrameTuning`: border tuning of one frame after the other, as published."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from pytorch_lightning import LightningModule
from torch import Tensor
from torch.optim import Adam, Optimizer
from torch.utils.data import DataLoader

from stitch_exp.fitting.progress import Progress
from stitch_exp.fitting.trainer import fit
from stitch_exp.losses.border import BorderLoss
from stitch_exp.ops.ranges import to_pixels, to_unit
from stitch_exp.settings import Count, NonNegative, Rate, checked
from stitch_exp.stitching.base import Images, Scope, Step, Tools
from stitch_exp.stitching.masks import Regions
from stitch_exp.stitching.scene import Scene, Tunable
from stitch_exp.stitching.schedule import FrameSchedule
from stitch_exp.types import StyleSpace, WPlus


@checked
@dataclass(frozen=True, slots=True)
class FrameTuning(Step):
    """Updates of each frame by itself.

    As published, every frame starts from the same weights: those of the tuned generator, or what a step before has
    made of them. Pictures are kept at 8 bits, since a frame's weights live no longer than its turn.

    Args:
        num_steps: How many updates a frame gets at most, 1 or more; 100 as published.
        learning_rate: The rate of Adam, above 0; 3e-4 as published.
        carry: Whether each frame goes on from the weights and moments of the frame before, and not from the same
            weights, as published.
        stop_border: The border loss below which a frame is done, 0 or more; 0 takes all steps, as published.
        stop_ratio: The same as a share of the frame's border error without stitching; 0 takes all steps.
        loss: What an update makes smaller; see `losses.border`.

    Reference: Stitch it in Time (Tzaban et al. 2022), section 4.5; SPEC 7.
    """

    num_steps: Count
    learning_rate: Rate
    carry: bool
    stop_border: NonNegative
    stop_ratio: NonNegative
    loss: BorderLoss

    @property
    def scope(self) -> Scope:
        return Scope.FRAME

    @property
    def apart(self) -> bool:
        return not self.carry

    def __call__(self, scene: Scene, images: Images, tools: Tools) -> Images:
        limits = np.full(len(scene), self.stop_border)
        if self.stop_ratio:
            limits = limits.clip(min=self.stop_ratio * scene.border_error(scene.edited, tools.work))
        # Nothing changed yet: the first rendering is the edit itself, without rounding.
        edited = None if images == scene.target and not self.carry else scene.target
        tuner = FrameTuner(scene, self, tools.out, limits=limits, edited=edited)
        progress = Progress(tools.work, "stitching", "stitching, frame by frame", len(tuner.schedule))
        trainer = tools.trainer(max_epochs=1, callbacks=[progress])
        fit(trainer, tuner, DataLoader(tuner.schedule, batch_size=None))
        scene.steps[:] += tuner.steps
        return lambda part: to_unit(tools.out[part], scene.device)


@dataclass(slots=True, eq=False)
class _View:
    """The frame being tuned."""

    latent: WPlus | StyleSpace
    source: Float[Tensor, "1 3 S S"]
    regions: Regions
    edited: Float[Tensor, "1 3 S S"] | None


class FrameTuner(LightningModule):
    """For each frame, pulls the generator towards the source on the border; one module for the whole clip.

    Between frames the weights and Adam's moments are reset in place, which is what a fresh copy of the generator would
    give.

    Args:
        scene: The clip and its masks. `scene.generator` holds the starting weights and is changed.
        settings: Steps, rate and objective.
        out: Where stitched crops go.
        limits: For each frame, stop before the update when the border loss is below; 0 takes all steps.
        edited: Pictures that the mask loss compares with; None takes each frame's own first rendering.

    Reference: Stitch it in Time (Tzaban et al. 2022), section 4.5; SPEC 7.6.
    """

    _view: _View

    def __init__(
        self,
        scene: Tunable,
        settings: FrameTuning,
        out: UInt8[np.ndarray, "N S S 3"],
        *,
        limits: Float[np.ndarray, " N"],
        edited: Images | None,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.synthesis = scene.generator.synthesis
        self.scene, self.settings, self.out, self.limits, self.edited = scene, settings, out, limits, edited
        self.schedule = FrameSchedule(len(scene), settings.num_steps)
        self.steps = np.zeros(len(scene), dtype=np.int64)

    def configure_optimizers(self) -> Optimizer:
        return Adam(self.synthesis.parameters(), lr=self.settings.learning_rate, betas=(0.9, 0.999), fused=True)

    def on_fit_start(self) -> None:
        kept = () if self.settings.carry else self.synthesis.parameters()
        self._start = [parameter.detach().clone() for parameter in kept]

    def training_step(self, item: Sequence[int], batch_idx: int) -> dict[str, Tensor]:
        frame, step = item
        if step == 0:
            self._begin(frame)
        terms = self._terms()
        if terms["border"] < self.limits[frame]:
            self.schedule.finish()
            self._finish(frame)
        else:
            self._update(terms["loss"], frame)
            if step == self.settings.num_steps - 1:
                self._finish(frame)
        return {name: value.detach() for name, value in terms.items()}

    def _begin(self, frame: int) -> None:
        if not self.settings.carry:
            self._reset()
        part = slice(frame, frame + 1)
        edited = self.edited(part) if self.edited else None
        self._view = _View(self.scene.latents[part], self.scene.source(part), self.scene.regions(part), edited)

    def _terms(self) -> dict[str, Tensor]:
        view = self._view
        images = view.latent.render(self.scene.generator)
        if view.edited is None:
            view.edited = images.detach()
        terms = self.settings.loss(images, view.source, view.edited, view.regions.border, view.regions.content)
        return {name: value.mean() for name, value in terms.items()}

    def _update(self, loss: Tensor, frame: int) -> None:
        optimiser = self.optimizers()
        optimiser.zero_grad()
        self.manual_backward(loss)
        optimiser.step()
        self.steps[frame] += 1

    @torch.no_grad()
    def _finish(self, frame: int) -> None:
        self.out[frame] = to_pixels(self.scene.render(slice(frame, frame + 1)))[0]

    @torch.no_grad()
    def _reset(self) -> None:
        torch._foreach_copy_(list(self.synthesis.parameters()), self._start)
        for state in self.optimizers().optimizer.state.values():
            for value in state.values():
                value.zero_()
