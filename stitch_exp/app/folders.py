"""A folder of its own for every run and every sweep, however many start in the same second."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, open_dict

from stitch_exp.config.commandline import quoted
from stitch_exp.errors import StorageError


def claim(folder: Path) -> Path:
    """Make a folder that nobody else has: `folder`, or the first free of `folder_2`, `folder_3`, ...

    Raises:
        StorageError: It cannot be made.
    """
    number = 1
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        while True:
            place = folder if number == 1 else folder.with_name(f"{folder.name}_{number}")
            try:
                place.mkdir()
                return place
            except FileExistsError:
                number += 1
    except OSError as error:
        raise StorageError(f"cannot make {folder}: {error.strerror}; set paths.outputs to a writable folder") from error


class NewFolder(Callback):
    """Hydra callback: claims the run's or the sweep's folder before anything is written to it.

    A folder that the command line names (`hydra.run.dir=...`) is used as it is.
    """

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        if not _named(config, "hydra.run.dir"):
            with open_dict(config):
                config.hydra.run.dir = str(claim(Path(config.hydra.run.dir)))

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        if not _named(config, "hydra.sweep.dir"):
            place = claim(Path(config.hydra.sweep.dir))
            with open_dict(config):
                config.hydra.sweep.dir = str(place)
                # The cells compose their configs anew from these words.
                config.hydra.overrides.hydra.append(f"hydra.sweep.dir={quoted(str(place))}")


def _named(config: DictConfig, key: str) -> bool:
    words: Sequence[str] = config.hydra.overrides.hydra
    return any(str(word).lstrip("+").startswith(f"{key}=") for word in words)
