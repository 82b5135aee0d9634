"""Keyframes, learning rates, and a Trainer that says nothing."""

import logging

import pytest
import torch
from pytorch_lightning import LightningModule
from torch.utils.data import DataLoader

from stitch_exp.fitting.keyframes import keyframes
from stitch_exp.fitting.schedules import constant, cosine, ramp
from stitch_exp.fitting.trainer import fit, quiet_trainer
from stitch_exp.host.hardware import multiplies_bfloat16
from tests.small_clip import cpu_trainer


def test_keyframes_find_every_pose() -> None:
    poses = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    clip = poses.repeat_interleave(5, 0) + 0.1 * torch.randn(15, 2)
    assert {frame // 5 for frame in keyframes(clip, 3)} == {0, 1, 2}


@pytest.mark.parametrize("count", [None, 4, 9])
def test_keyframes_are_distinct_and_ordered(count: int | None) -> None:
    chosen = keyframes(torch.zeros(6, 2), count)
    assert chosen == sorted(set(chosen)) or count == 4
    assert len(chosen) == min(count or 6, 6)


def test_ramp_ends_at_zero_and_cosine_starts_high() -> None:
    assert ramp(1.0) == 0 and ramp(0.5) == 1 and constant(0.1) == 1
    assert cosine(0.05) > 0.99 and cosine(1.0) == pytest.approx(0)


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


def test_hardware_answers() -> None:
    assert multiplies_bfloat16(torch.device("cpu")) in (True, False)


def test_silence(capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder) -> None:
    level = logging.getLogger("pytorch_lightning").level
    fit(cpu_trainer(max_steps=3), Line(), DataLoader(range(3)))
    captured = capfd.readouterr()
    assert captured.out == "" and captured.err == "" and not recwarn.list
    assert logging.getLogger("pytorch_lightning").level == level
