"""From plain settings to a running stage."""

import pytorch_lightning as pl
import torch

from stitch_exp.errors import ConfigError
from stitch_exp.training.stages import TABLE


def run(settings: dict) -> None:
    """Runs the stage named by `settings['stage']['name']`.

    Raises:
        ConfigError: There is no such stage.
    """
    torch.set_num_threads(settings["threads"])
    pl.seed_everything(settings["seed"], verbose=False)
    name = settings["stage"]["name"]
    if name not in TABLE:
        raise ConfigError(f"training stage {name!r} is unknown; use one of {', '.join(TABLE)}")
    TABLE[name](settings)
