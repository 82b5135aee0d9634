"""The step `SharedTuning`: border tuning of a whole clip at once, one set of weights for all frames."""

import math
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Int
from pytorch_lightning import LightningModule
from torch import Tensor
from torch.optim import Adam
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader

from stitch_exp.fitting.progress import Progress
from stitch_exp.fitting.schedules import cosine_at
from stitch_exp.fitting.trainer import fit
from stitch_exp.losses.border import BorderLoss
from stitch_exp.settings import Count, Rate, Seed, checked
from stitch_exp.stitching.base import Images, Scope, Step, Tools
from stitch_exp.stitching.scene import Scene, Tunable, chosen


@checked
@dataclass(frozen=True, slots=True)
class SharedTuning(Step):
    """Updates that serve all frames, on representative ones.

    Args:
        num_passes: How often each of the representative frames is seen, 1 or more.
        num_keyframes: How many of those at most; null for all frames.
        batch_size: Number of frames in an update, 1 or more.
        learning_rate: The rate of Adam at its peak, above 0; it falls along half a cosine.
        precision: The precision of the networks during updates, as in `tuning.updates.precision`.
        seed: Where the draw of the order of frames begins.
        loss: What an update makes smaller; see `losses.border`.
    """

    num_passes: Count
    num_keyframes: Count | None
    batch_size: Count
    learning_rate: Rate
    precision: str
    seed: Seed
    loss: BorderLoss

    @property
    def scope(self) -> Scope:
        return Scope.CLIP

    def __call__(self, scene: Scene, images: Images, tools: Tools) -> Images:
        frames = scene.representatives(self.num_keyframes)
        order = torch.Generator().manual_seed(self.seed)
        batches = DataLoader(
            frames,  # pyright: ignore[reportArgumentType]
            batch_size=self.batch_size,
            shuffle=True,
            generator=order,
        )
        num_updates = self.num_passes * math.ceil(len(frames) / self.batch_size)
        tuner = SharedTuner(scene, self.loss, self.learning_rate, num_updates)
        progress = Progress(tools.work, "stitching", "stitching, all frames", num_updates)
        trainer = tools.trainer(own_precision=self.precision, max_epochs=self.num_passes, callbacks=[progress])
        fit(trainer, tuner, batches)
        scene.generator.synthesis.to(scene.device)
        scene.steps[frames] += self.num_passes
        return scene.render


class SharedTuner(LightningModule):
    """Pulls one generator towards the source on the borders of all frames.

    What the edit breaks at the border is nearly the same in every frame, because the edit is: most of the work of the
    per-frame tuning can be done once a clip.

    Args:
        scene: The clip and its masks; `scene.generator` is changed.
        loss: Objective.
        learning_rate: Of Adam, at its peak.
        num_updates: Updates in all; the rate falls to 0 along half a cosine.
    """

    def __init__(self, scene: Tunable, loss: BorderLoss, learning_rate: float, num_updates: int) -> None:
        super().__init__()
        self.synthesis = scene.generator.synthesis
        self.scene, self.loss = scene, loss
        self.learning_rate, self.num_updates = learning_rate, num_updates

    def training_step(self, index: Int[Tensor, " B"], batch_idx: int) -> dict[str, Tensor]:
        frames = index.cpu().numpy()
        images = chosen(self.scene.latents, index).render(self.scene.generator)
        regions = self.scene.regions(frames)
        terms = self.loss(images, self.scene.source(frames), self.scene.target(frames), regions.border, regions.content)
        return {name: value.mean() for name, value in terms.items()}

    def configure_optimizers(self) -> dict[str, Any]:
        optimiser = Adam(self.synthesis.parameters(), lr=self.learning_rate, betas=(0.9, 0.999), fused=True)
        schedule = LambdaLR(optimiser, lambda update: cosine_at(update, self.num_updates))
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
