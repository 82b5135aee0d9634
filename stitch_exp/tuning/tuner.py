"""The optimisation of pivotal tuning as a LightningModule."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jaxtyping import Float, Int
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR

from stitch_exp.fitting.schedules import SCHEDULES, cosine_at
from stitch_exp.losses.reconstruction import Reconstruction, Target
from stitch_exp.networks.roles import Generator, Perceptual
from stitch_exp.tuning.locality import Locality
from stitch_exp.tuning.settings import Updates


@dataclass(frozen=True, slots=True)
class Rate:
    """The rate of updates over the passes; constant within a pass unless it is a cosine."""

    updates: Updates
    num_passes: int
    batches_per_pass: int

    def factor(self, update: int) -> float:
        """Factor of the rate at an update, counted from 0."""
        if self.updates.schedule == "cosine":
            return cosine_at(update, self.num_passes * self.batches_per_pass)
        return SCHEDULES[self.updates.schedule](min(1.0, (update // self.batches_per_pass + 1) / self.num_passes))


class PivotTuner(LightningModule):
    """Pulls the generator towards the source crops at fixed codes.

    Only the synthesis network is a submodule, so that the Trainer neither moves, saves nor trains anything else.

    Args:
        generator: The copy to tune.
        codes: Pivots of all frames.
        targets: Frame indices to what they should look like.
        loss: Weights of the reconstruction.
        perceptual: Network of the perceptual term.
        rate: Optimiser and learning rate.
        locality: Optional regulariser.

    Reference: PTI (Roich et al. 2021), section 3.2; Stitch it in Time, section 4.3.
    """

    codes: Tensor

    def __init__(
        self,
        generator: Generator,
        codes: Float[Tensor, "N L D"],
        targets: Callable[[Tensor], Target],
        loss: Reconstruction,
        perceptual: Perceptual,
        rate: Rate,
        locality: Locality | None = None,
    ) -> None:
        super().__init__()
        self.synthesis = generator.synthesis
        self.register_buffer("codes", codes.clone(), persistent=False)
        self.targets, self.loss, self.rate, self.locality = targets, loss, rate, locality
        self.pass_losses: list[float] = []
        self._unregistered = (generator, perceptual)

    def training_step(self, index: Int[Tensor, " B"], batch_idx: int) -> dict[str, Tensor]:
        generator, perceptual = self._unregistered
        pivots = self.codes[index]
        terms = self.loss(generator(pivots), self.targets(index), perceptual)
        if self.locality is not None:
            regulariser = self.locality(generator, pivots)
            terms = terms | {"loss": terms["loss"] + regulariser, "locality": regulariser.detach()}
        return {name: value.mean() for name, value in terms.items()}

    def configure_optimizers(self) -> dict[str, Any]:
        tuned = [parameter for parameter in self.synthesis.parameters() if parameter.requires_grad]
        optimiser = self.rate.updates.optimiser(tuned)
        schedule = LambdaLR(optimiser, lambda update: self.rate.factor(update))
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["pass_losses"] = list(self.pass_losses)
        checkpoint["codes_drawn"] = self.locality.num_drawn if self.locality else 0

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.pass_losses = list(checkpoint["pass_losses"])
        if self.locality is not None:
            self.locality.skip(checkpoint["codes_drawn"])


class PassEnd(Callback):
    """Keeps the mean loss of each pass and stops when the clip is good enough.

    Args:
        stop_loss: Stop after a pass whose mean loss over the frames is below; 0 never stops.
        stop_gain: Stop after a pass that lowered the mean loss by less than this share; 0 never stops.
    """

    def __init__(self, stop_loss: float, stop_gain: float) -> None:
        self.stop_loss, self.stop_gain = stop_loss, stop_gain
        self._sum, self._count = 0.0, 0

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: PivotTuner, outputs: Any, batch: Tensor, batch_idx: int
    ) -> None:
        self._sum += float(outputs["loss"].detach()) * len(batch)
        self._count += len(batch)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: PivotTuner) -> None:
        mean = self._sum / max(self._count, 1)
        self._sum, self._count = 0.0, 0
        before = pl_module.pass_losses[-1] if pl_module.pass_losses else float("inf")
        pl_module.pass_losses.append(mean)
        stalled = self.stop_gain > 0 and mean > before * (1 - self.stop_gain)
        trainer.should_stop = mean < self.stop_loss or stalled
