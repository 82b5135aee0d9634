"""Border tuning of a whole clip at once: one set of weights for all frames."""

from typing import Any

from jaxtyping import Int
from pytorch_lightning import LightningModule
from torch import Tensor
from torch.optim import Adam
from torch.optim.lr_scheduler import LambdaLR

from stitch_exp.fitting.schedules import cosine_at
from stitch_exp.losses.border import BorderLoss
from stitch_exp.stitching.scene import Tunable, chosen


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
