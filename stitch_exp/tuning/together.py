"""One offset for the pivots of all frames, so that the encoder's person becomes this person.

An encoder sees who a face is from one frame and errs in the same way in every frame of a clip. What all frames share
can be found once, from a few of them. The offset is counted in standard deviations of W and held by its length there:
it stays among faces, where edits mean what they say.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.optim import Adam
from torch.optim.lr_scheduler import LambdaLR

from stitch_exp.fitting.schedules import cosine_at
from stitch_exp.networks.roles import Generator
from stitch_exp.tuning.resemblance import Resemblance


class CommonOffset(LightningModule):
    """Finds the offset that brings the renders of all pivots closest to the source.

    Args:
        generator: The generator; its weights get no gradient here.
        codes: Pivots of all frames.
        targets: Frame indices to the vectors of the source crops.
        resemblance: Makes such vectors of pictures.
        steps: One standard deviation along each component of W.
        num_updates: Over which the rate falls to 0 along a cosine.
        learning_rate: Of Adam, in standard deviations.
        pull: Weight of the squared length of the offset; see `PivotSearch`.
    """

    codes: Tensor
    steps: Tensor

    def __init__(
        self,
        generator: Generator,
        codes: Float[Tensor, "N L D"],
        targets: Callable[[Int[Tensor, " B"]], Float[Tensor, "B F"]],
        resemblance: Resemblance,
        steps: Float[Tensor, "K D"],
        *,
        num_updates: int,
        learning_rate: float,
        pull: float,
    ) -> None:
        super().__init__()
        self.lengths = nn.Parameter(torch.zeros(codes.shape[1], len(steps)))
        self.register_buffer("codes", codes.clone(), persistent=False)
        self.register_buffer("steps", steps, persistent=False)
        self.targets, self.resemblance = targets, resemblance
        self.num_updates, self.learning_rate, self.pull = num_updates, learning_rate, pull
        self._unregistered = (generator,)

    @property
    def offset(self) -> Float[Tensor, "L D"]:
        """What is added to every pivot."""
        return self.lengths @ self.steps

    def training_step(self, index: Int[Tensor, " B"], batch_idx: int) -> dict[str, Tensor]:
        (generator,) = self._unregistered
        vectors = self.resemblance.of_codes(self.codes[index] + self.offset, generator)
        distance = (vectors - self.targets(index)).square().sum(dim=1).mean()
        pull = self.pull * self.lengths.square().mean(dim=1).sum()
        return {"loss": distance + pull, "distance": distance.detach(), "pull": pull.detach()}

    def configure_optimizers(self) -> dict:
        optimiser = Adam([self.lengths], lr=self.learning_rate, betas=(0.9, 0.99))
        schedule = LambdaLR(optimiser, lambda update: cosine_at(update, self.num_updates))
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
