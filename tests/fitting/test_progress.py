"""What the progress callback records, and that it stops what has diverged."""

import pytest
import torch
from torch.utils.data import DataLoader

from stitch_exp.errors import DivergenceError
from stitch_exp.fitting.progress import Progress
from stitch_exp.fitting.trainer import fit, quiet_trainer
from tests.small_clip import Notes


def run(losses: list[float]) -> Notes:
    from pytorch_lightning import LightningModule

    class Given(LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(()))

        def training_step(self, batch: torch.Tensor, index: int) -> dict[str, torch.Tensor]:
            return {"loss": self.weight * 0 + losses[index]}

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=0.1)

    notes = Notes()
    trainer = quiet_trainer("cpu", "32-true", max_epochs=1, callbacks=[Progress(notes.work, "tuning", "", len(losses))])
    try:
        fit(trainer, Given(), DataLoader(range(len(losses)), batch_size=None))
    except DivergenceError as error:
        notes.error = error
    return notes


def test_each_update_is_recorded() -> None:
    assert [row["loss"] for row in run([3.0, 2.0, 1.0]).rows] == [3.0, 2.0, 1.0]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_stops_at_once(bad: float) -> None:
    notes = run([3.0, bad, 1.0])
    assert len(notes.rows) == 2
    assert f"tuning diverged: its loss is {bad} at update 2" in str(notes.error)
