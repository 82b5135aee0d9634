"""Updates by hand, for stages that train a network and its critic in turn."""

from typing import cast

import pytorch_lightning as pl
from torch import Tensor
from torch.optim import Optimizer


class ManualUpdates(pl.LightningModule):
    """A module whose `configure_optimizers` returns a list, and which steps them itself."""

    def _optimizer(self, index: int) -> Optimizer:
        return cast(list[Optimizer], self.optimizers())[index]

    def _update(self, optimizer: Optimizer, loss: Tensor) -> None:
        optimizer.zero_grad(set_to_none=True)
        self.manual_backward(loss)
        optimizer.step()
