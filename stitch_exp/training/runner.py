"""How every stage of training runs: trainer, checkpoints, resume, logs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback, ModelCheckpoint
from pytorch_lightning.loggers import CSVLogger, Logger, WandbLogger


class Reseed(Callback):
    """Draws of a step depend on (seed, epoch, step) only, so a resumed run repeats what an unbroken one does.

    Seeding once an epoch is not enough: a fresh process draws once more before its first step.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: object, batch_idx: int
    ) -> None:
        torch.manual_seed((self.seed * 100_003 + trainer.current_epoch) * 100_003 + batch_idx)


@dataclass(frozen=True, slots=True)
class Run:
    """How a stage is run, whatever it trains.

    Args:
        folder: Where checkpoints and logs go.
        seed: Of every step's draws.
        resume: Go on from the last checkpoint in `folder`, if there is one.
        channels_last: Memory layout of the networks.
        trainer: Further arguments of `pytorch_lightning.Trainer`.
        wandb_mode: `online`, `offline` or `disabled`.
        wandb_project: Name of the project there.
    """

    folder: Path
    seed: int
    resume: bool
    channels_last: bool
    trainer: Mapping[str, Any]
    wandb_mode: str
    wandb_project: str

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Run":
        """From the composed settings of a stage."""
        return cls(
            Path(settings["run_folder"]), settings["seed"], settings["resume"], settings["channels_last"],
            settings["trainer"], settings["wandb"]["mode"], settings["wandb"]["project"],
        )  # fmt: skip


def fit(run: Run, module: pl.LightningModule, data: pl.LightningDataModule) -> pl.LightningModule:
    """Trains to the end, from the last checkpoint if the run folder holds one."""
    checkpoints = ModelCheckpoint(
        run.folder / "checkpoints", filename="last", enable_version_counter=False, save_on_train_epoch_end=True
    )
    if run.channels_last:
        module.to(memory_format=torch.channels_last)
    trainer = pl.Trainer(
        callbacks=[checkpoints, Reseed(run.seed)],
        logger=loggers(run),
        default_root_dir=run.folder,
        num_sanity_val_steps=0,
        **run.trainer,
    )
    last = run.folder / "checkpoints" / "last.ckpt"
    resume = str(last) if last.exists() and run.resume else None
    trainer.fit(module, datamodule=data, ckpt_path=resume, weights_only=True)
    return module


def loggers(run: Run) -> list[Logger]:
    """CSV always; W&B when its mode is not `disabled`."""
    # A resumed run gets its own file: the logger would overwrite the old one.
    part = len(list(run.folder.glob("csv-*")))
    found: list[Logger] = [CSVLogger(run.folder, name="", version=f"csv-{part}", flush_logs_every_n_steps=20)]
    if run.wandb_mode != "disabled":
        offline = run.wandb_mode == "offline"
        found.append(WandbLogger(save_dir=run.folder, offline=offline, project=run.wandb_project))
    return found
