"""How every stage runs: checkpoints, resuming, and draws that a resumed run repeats."""

from dataclasses import replace
from pathlib import Path

import pytest
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader

from stitch_exp.training.runner import Run, fit, loggers


class Draws(pl.LightningModule):
    """Walks at random, and notes its walk."""

    def __init__(self) -> None:
        super().__init__()
        self.place = torch.nn.Parameter(torch.zeros(()))
        self.seen: list[float] = []

    def training_step(self, batch: torch.Tensor, index: int) -> torch.Tensor:
        self.seen.append(torch.rand(()).item())
        return (self.place - self.seen[-1]).square()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


class Numbers(pl.LightningDataModule):
    def train_dataloader(self) -> DataLoader:
        return DataLoader(range(3), batch_size=None)


def run(folder: Path, epochs: int, **other: object) -> Run:
    trainer = {"max_epochs": epochs, "accelerator": "cpu", "enable_progress_bar": False, "enable_model_summary": False}
    plain = Run(folder, 1, True, False, trainer, "disabled", "p")
    return replace(plain, **other)


def test_a_resumed_run_repeats_an_unbroken_one(tmp_path: Path) -> None:
    whole, first, second = Draws(), Draws(), Draws()
    fit(run(tmp_path / "whole", 3), whole, Numbers())
    fit(run(tmp_path / "cut", 1), first, Numbers())
    torch.rand(5)
    fit(run(tmp_path / "cut", 3), second, Numbers())
    assert first.seen + second.seen == whole.seen and len(whole.seen) == 9
    assert second.place.item() == whole.place.item()


def test_a_run_that_should_not_resume_starts_anew(tmp_path: Path) -> None:
    first, second = Draws(), Draws()
    fit(run(tmp_path, 1), first, Numbers())
    fit(run(tmp_path, 1, resume=False), second, Numbers())
    assert second.seen == first.seen


def test_another_seed_draws_otherwise(tmp_path: Path) -> None:
    a, b = Draws(), Draws()
    fit(run(tmp_path / "a", 1), a, Numbers())
    fit(run(tmp_path / "b", 1, seed=2), b, Numbers())
    assert not set(a.seen) & set(b.seen) and len(set(a.seen)) == 3


def test_each_part_of_a_run_has_a_log_of_its_own(tmp_path: Path) -> None:
    names = []
    for _ in range(2):
        (logger,) = loggers(run(tmp_path, 1))
        names.append(logger.version)
        Path(logger.log_dir).mkdir(parents=True)
    assert names == ["csv-0", "csv-1"]


def test_a_run_from_composed_settings(tmp_path: Path) -> None:
    settings = {
        "run_folder": str(tmp_path), "seed": 4, "resume": False, "channels_last": True,
        "trainer": {"max_epochs": 2}, "wandb": {"mode": "offline", "project": "faces"}, "more": 1,
    }  # fmt: skip
    assert Run.of(settings) == Run(tmp_path, 4, False, True, {"max_epochs": 2}, "offline", "faces")
    with pytest.raises(KeyError):
        Run.of({"seed": 1})
