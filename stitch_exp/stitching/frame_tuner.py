"""Border tuning of one frame after the other, as one LightningModule for the whole clip."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from pytorch_lightning import LightningModule
from torch import Tensor
from torch.optim import Adam, Optimizer

from stitch_exp.losses.border import BorderLoss
from stitch_exp.ops.ranges import to_pixels
from stitch_exp.stitching.masks import Regions
from stitch_exp.stitching.scene import Tunable
from stitch_exp.stitching.schedule import FrameSchedule
from stitch_exp.types import StyleSpace, WPlus


@dataclass(slots=True, eq=False)
class _View:
    """The frame being tuned."""

    part: slice
    latent: WPlus | StyleSpace
    source: Float[Tensor, "1 3 S S"]
    regions: Regions
    edited: Float[Tensor, "1 3 S S"] | None


class FrameTuner(LightningModule):
    """For each frame, pulls the generator towards the source on the border.

    As published, every frame starts from the same weights: between frames the weights and Adam's moments are reset in
    place, which is what a fresh copy of the generator would give. With `carry` a frame goes on from the frame before.

    Args:
        scene: The clip and its masks. `scene.generator` holds the starting weights and is changed.
        loss: Objective.
        schedule: Says which frame is next; told when one is finished.
        learning_rate: Of Adam.
        stop_border: For each frame, stop before the update when the border loss is below; 0 takes all steps.
        starts_at_edit: The starting weights are those that rendered the edit, so the first image is the edited one and
            the mask loss can use it without rounding. False compares with the 8-bit edited crops.
        carry: Keep weights and moments from frame to frame.
        finish: Makes a frame's final image once its weights are tuned.
        out: Where stitched crops go.

    Reference: Stitch it in Time (Tzaban et al. 2022), section 4.5; SPEC 7.6.
    """

    _view: _View

    def __init__(
        self,
        scene: Tunable,
        loss: BorderLoss,
        schedule: FrameSchedule,
        learning_rate: float,
        stop_border: Float[np.ndarray, " N"],
        starts_at_edit: bool,
        carry: bool,
        finish: Callable[[slice], Tensor],
        out: UInt8[np.ndarray, "N S S 3"],
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.synthesis = scene.generator.synthesis
        self.scene, self.loss, self.schedule, self.finish, self.out = scene, loss, schedule, finish, out
        self.learning_rate, self.stop_border = learning_rate, stop_border
        self.starts_at_edit, self.carry = starts_at_edit, carry
        self.steps = np.zeros(len(scene), dtype=np.int64)

    def configure_optimizers(self) -> Optimizer:
        return Adam(self.synthesis.parameters(), lr=self.learning_rate, betas=(0.9, 0.999), fused=True)

    def on_fit_start(self) -> None:
        self._start = [] if self.carry else [parameter.detach().clone() for parameter in self.synthesis.parameters()]

    def training_step(self, item: Sequence[int], batch_idx: int) -> dict[str, Tensor]:
        frame, step = item
        if step == 0:
            self._begin(frame)
        view = self._view
        images = view.latent.render(self.scene.generator)
        if view.edited is None:
            view.edited = images.detach()
        terms = self.loss(images, view.source, view.edited, view.regions.border, view.regions.content)
        terms = {name: value.mean() for name, value in terms.items()}
        if terms["border"] < self.stop_border[frame]:
            self.schedule.finish()
            self._finish(frame)
        else:
            self._update(terms["loss"], frame)
            if step == self.schedule.num_steps - 1:
                self._finish(frame)
        return {name: value.detach() for name, value in terms.items()}

    def _update(self, loss: Tensor, frame: int) -> None:
        optimiser = self.optimizers()
        optimiser.zero_grad()
        self.manual_backward(loss)
        optimiser.step()
        self.steps[frame] += 1

    @torch.no_grad()
    def _finish(self, frame: int) -> None:
        self.out[frame] = to_pixels(self.finish(slice(frame, frame + 1)))[0]

    def _begin(self, frame: int) -> None:
        if not self.carry:
            self._reset()
        part = slice(frame, frame + 1)
        edited = None if self.starts_at_edit else self.scene.target(part)
        self._view = _View(part, self.scene.latents[part], self.scene.source(part), self.scene.regions(part), edited)

    @torch.no_grad()
    def _reset(self) -> None:
        torch._foreach_copy_(list(self.synthesis.parameters()), self._start)
        for state in self.optimizers().optimizer.state.values():
            for value in state.values():
                value.zero_()
