"""The bridge from a Trainer to the Workspace: one tick and one record a step."""

import math
from collections.abc import Mapping
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer

from stitch_exp.errors import DivergenceError
from stitch_exp.types import Workspace


class Progress(Callback):
    """Moves the progress line and logs what `training_step` returns.

    Args:
        work: Where progress and scalars go.
        stage: Name under which scalars are recorded.
        description: Text of the progress line.
        total: Expected number of steps; fewer are fine.

    Raises:
        DivergenceError: A scalar is not a finite number; nothing after it would be.
    """

    def __init__(self, work: Workspace, stage: str, description: str, total: int) -> None:
        self.work, self.stage = work, stage
        self._ticks = iter(work.track(range(total), description, total))
        self._step = 0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._step = trainer.global_step
        for _ in range(self._step):
            next(self._ticks, None)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        next(self._ticks, None)
        self._step += 1
        if outputs:
            scalars = {name: float(value.detach()) for name, value in outputs.items()}
            self.work.log(self.stage, {**scalars, "step": self._step})
            _check_finite(scalars, self.stage, self._step)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        for _ in self._ticks:
            pass


def _check_finite(scalars: Mapping[str, float], stage: str, step: int) -> None:
    for name, value in scalars.items():
        if not math.isfinite(value):
            raise DivergenceError(
                f"{stage} diverged: its {name} is {value} at update {step}; lower its learning rate, or look "
                "for damaged weights (python -m stitch_exp.weights list)"
            )
