"""Whether a tuning has brought the clip closer, or has lost the face on the way."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import UInt8
from pytorch_lightning import Callback
from torch import Tensor

from stitch_exp.errors import DivergenceError
from stitch_exp.ops.ranges import to_unit

WORSE = 1.5
"""How many times farther from its source a rendering may be than the untuned one: a loss with other terms may trade."""
CLOSE = 0.02
"""A mean squared error in [-1, 1] units, 23 dB, below which a rendering shows the face whatever it was before."""


class Beginning(Callback):
    """Remembers how far the first batch is from its source before anything is changed; kept in checkpoints."""

    def __init__(self) -> None:
        self.faces: list[int] = []
        self.l2 = float("inf")

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Tensor, batch_idx: int) -> None:
        if not self.faces:
            self.faces, self.l2 = batch.tolist(), float(outputs["l2"].detach())

    def state_dict(self) -> dict[str, Any]:
        return {"faces": self.faces, "l2": self.l2}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.faces, self.l2 = list(state_dict["faces"]), float(state_dict["l2"])

    def check(self, crops: UInt8[np.ndarray, "N S S 3"], inversions: UInt8[np.ndarray, "N S S 3"]) -> None:
        """Compare the same faces after tuning.

        Raises:
            DivergenceError: They are farther from the source than the untuned generator's, and not close to it.
        """
        if not self.faces:
            return
        errors = [(to_unit(inversions[face]) - to_unit(crops[face])).square().mean() for face in self.faces]
        now = float(sum(errors)) / len(errors)
        if now > max(WORSE * self.l2, CLOSE):
            raise DivergenceError(
                f"tuning lost the face: its error on face {self.faces[0]} was {self.l2:.3g} before and is {now:.3g}; "
                "lower tuning.updates.learning_rate"
            )
