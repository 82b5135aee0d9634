"""A Trainer that says nothing."""

import logging
import warnings
from pathlib import Path

import pytest
import torch
from pytorch_lightning import LightningModule
from torch.utils.data import DataLoader

from stitch_exp.fitting.trainer import fit, quiet_trainer, silence
from tests.small_clip import cpu_trainer


class Line(LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))

    def training_step(self, batch: torch.Tensor, batch_idx: int) -> torch.Tensor:
        return self.weight.square().sum()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


@pytest.mark.parametrize(
    ("asked", "own", "multiplies", "given"),
    [
        ("auto", "32-true", True, "32-true"),
        ("auto", "native", True, "bf16-mixed"),
        ("auto", "native", False, "32-true"),
        ("32-true", "native", True, "32-true"),
        ("bf16-mixed", "32-true", False, "bf16-mixed"),
    ],
)
def test_precision_is_the_run_s_or_the_schedule_s(
    monkeypatch: pytest.MonkeyPatch, asked: str, own: str, multiplies: bool, given: str
) -> None:
    monkeypatch.setattr("stitch_exp.fitting.trainer.multiplies_bfloat16", lambda device: multiplies)
    assert quiet_trainer("cpu", asked, own_precision=own).precision == given


def test_silence(capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder) -> None:
    level = logging.getLogger("pytorch_lightning").level
    fit(cpu_trainer(max_steps=3), Line(), DataLoader(range(3)))
    captured = capfd.readouterr()
    assert captured.out == "" and captured.err == "" and not recwarn.list
    assert logging.getLogger("pytorch_lightning").level == level


def test_a_cut_trainer_goes_on_where_it_stopped(tmp_path: Path) -> None:
    whole = Line()
    fit(cpu_trainer(max_steps=5), whole, DataLoader(range(5)))
    cut = Line()
    trainer = cpu_trainer(max_steps=2)
    fit(trainer, cut, DataLoader(range(5)))
    trainer.save_checkpoint(tmp_path / "x.ckpt")
    again = Line()
    fit(cpu_trainer(max_steps=5), again, DataLoader(range(5)), tmp_path / "x.ckpt")
    assert whole.weight.item() == pytest.approx(0.8**5) and again.weight.item() == pytest.approx(0.8**5)


def test_a_stage_s_options_win_over_what_is_silent() -> None:
    trainer = quiet_trainer("cpu", "32-true", max_epochs=3, enable_checkpointing=True)
    assert trainer.max_epochs == 3 and trainer.checkpoint_callback is not None
    assert cpu_trainer(max_steps=1).checkpoint_callback is None and not cpu_trainer(max_steps=1).loggers


def test_without_a_gpu_auto_is_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert quiet_trainer("auto", "32-true").strategy.root_device == torch.device("cpu")


def test_levels_come_back_after_an_error_and_other_warnings_are_heard() -> None:
    log = logging.getLogger("lightning.pytorch")
    before = log.level
    with pytest.raises(ValueError), silence():
        assert log.level == logging.ERROR
        raise ValueError
    assert log.level == before
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with silence():
            warnings.warn("The 'train_dataloader' does not have many workers which may", stacklevel=1)
            warnings.warn("something new", stacklevel=1)
    assert [str(warning.message) for warning in heard] == ["something new"]
