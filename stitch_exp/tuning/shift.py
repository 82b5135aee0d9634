"""Before the generator is tuned: one offset for all pivots, so that the encoder's person becomes this person.

An encoder sees who a face is from one frame and errs in the same way in every frame of a clip. What all frames share
can be found once, from a few of them; how they differ is left as the encoder says, and stays as steady as it is. The
closer the pivots, the less is left to the tuning, and the better edits keep.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.optim import Adam
from torch.optim.lr_scheduler import LambdaLR

from stitch_exp.fitting.schedules import cosine_at
from stitch_exp.losses.reconstruction import Reconstruction, Target
from stitch_exp.networks.roles import Generator, Perceptual
from stitch_exp.settings import Count, Natural, NonNegative, Rate, checked


@checked
@dataclass(frozen=True, slots=True)
class Shift:
    """Settings of the common offset.

    Args:
        num_updates: Updates of it; 0 leaves the pivots as the encoder made them, as published.
        learning_rate: Of Adam, falling to 0 along a cosine.
        batch_size: Frames in an update.
        pull: Weight of its mean square, relative to the mean square of W around its average: what keeps it where
            edits mean what they say.
    """

    num_updates: Natural
    learning_rate: Rate
    batch_size: Count
    pull: NonNegative


class PivotShift(LightningModule):
    """Finds the offset that brings the renders of all pivots closest to the source.

    Args:
        generator: The generator; its weights get no gradient here.
        codes: Pivots of all frames.
        targets: Frame indices to what they should look like.
        loss: Weights of the reconstruction.
        perceptual: Network of the perceptual term.
        settings: See `Shift`.
        spread: Mean square of W around its average.
    """

    codes: Tensor

    def __init__(
        self,
        generator: Generator,
        codes: Float[Tensor, "N L D"],
        targets: Callable[[Tensor], Target],
        loss: Reconstruction,
        perceptual: Perceptual,
        settings: Shift,
        spread: float,
    ) -> None:
        super().__init__()
        self.offset = nn.Parameter(torch.zeros_like(codes[0]))
        self.register_buffer("codes", codes.clone(), persistent=False)
        self.targets, self.loss, self.settings, self.spread = targets, loss, settings, spread
        self._unregistered = (generator, perceptual)

    def training_step(self, index: Int[Tensor, " B"], batch_idx: int) -> dict[str, Tensor]:
        generator, perceptual = self._unregistered
        terms = self.loss(generator(self.codes[index] + self.offset), self.targets(index), perceptual)
        pull = self.settings.pull * self.offset.square().mean() / self.spread
        return {"loss": terms["loss"].mean() + pull, "l2": terms["l2"].mean(), "pull": pull.detach()}

    def configure_optimizers(self) -> dict:
        optimiser = Adam([self.offset], lr=self.settings.learning_rate, betas=(0.9, 0.99))
        schedule = LambdaLR(optimiser, lambda update: cosine_at(update, self.settings.num_updates))
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
