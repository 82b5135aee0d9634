"""A Lightning Trainer that keeps silent, because stages report through their Workspace."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import LightningModule, Trainer

from stitch_exp.host.hardware import multiplies_bfloat16

NOISY_LOGGERS = ("pytorch_lightning", "lightning.pytorch", "lightning.fabric", "lightning_fabric")
NOISY_WARNINGS = (
    ".*does not have many workers.*",
    ".*number of training batches.*smaller than the logging interval.*",
    ".*`IterableDataset` has `__len__` defined.*",
    ".*Checkpoint directory .* exists and is not empty.*",
    ".*resuming from a checkpoint that ended before.*",
    ".*in eval mode at the start of training.*",
    ".*max_epochs. was not set.*",
    ".*isinstance.treespec, LeafSpec.*",
    ".*Detected call of `lr_scheduler.step.*",
)


def quiet_trainer(accelerator: str, precision: str, own_precision: str = "32-true", **options: Any) -> Trainer:
    """One device, no progress bar, no files, no loggers: scalars go through `Workspace.log`.

    Args:
        accelerator: `cpu`, `cuda`, or `auto` for the GPU if there is one.
        precision: Lightning's name, such as `32-true` or `bf16-mixed`; `auto` for the schedule's own.
        own_precision: That of the schedule: Lightning's name, or `native` for bfloat16 on hardware that multiplies it
            and float32 elsewhere.
        options: What the stage adds (`max_steps`, `max_epochs`, `callbacks`, ...).
    """
    chosen = ("cuda" if torch.cuda.is_available() else "cpu") if accelerator == "auto" else accelerator
    wanted = own_precision if precision == "auto" else precision
    if wanted == "native":
        wanted = "bf16-mixed" if multiplies_bfloat16(torch.device(chosen)) else "32-true"
    silent = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
    settings: dict[str, Any] = {"precision": wanted, **silent, **options}
    with silence():
        return Trainer(accelerator=chosen, devices=1, **settings)


def fit(trainer: Trainer, module: LightningModule, batches: Any, checkpoint: Path | None = None) -> None:
    """Runs the Trainer without its console output.

    Args:
        batches: What `Trainer.fit` calls train_dataloaders.
        checkpoint: Where to go on from; None starts anew.
    """
    with silence():
        trainer.fit(module, batches, ckpt_path=str(checkpoint) if checkpoint else None)


@contextmanager
def silence() -> Iterator[None]:
    """Raises the level of Lightning's loggers and drops its warnings about settings that are intended here."""
    loggers = [logging.getLogger(name) for name in NOISY_LOGGERS]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        for message in NOISY_WARNINGS:
            warnings.filterwarnings("ignore", message)
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
