"""From plain settings to a running stage."""

import pytorch_lightning as pl
import torch

from stitch_exp.errors import ConfigError
from stitch_exp.training.mini import MiniTraining
from stitch_exp.training.mobile.stages import STAGES, Setting
from stitch_exp.training.stages import TABLE

SHARED_KEYS = ("name", "max_epochs", "check_val_every_n_epoch")
"""Keys of a stage's YAML that the root reads."""


def run(settings: dict) -> None:
    """Runs the stage named by `settings['stage']['name']`.

    Raises:
        ConfigError: There is no such stage, or it belongs to another model.
    """
    torch.set_num_threads(settings["threads"])
    pl.seed_everything(settings["seed"], verbose=False)
    name, model = settings["stage"]["name"], settings["model"]["name"]
    if name not in TABLE and name not in STAGES:
        raise ConfigError(f"training stage {name!r} is unknown; use one of {', '.join([*TABLE, *STAGES])}")
    if (model == "ffhq_mobile") != (name in STAGES):
        fitting = STAGES if model == "ffhq_mobile" else TABLE
        raise ConfigError(f"training stage {name!r} does not make model={model}; its stages are {', '.join(fitting)}")
    own = {key: value for key, value in settings["stage"].items() if key not in SHARED_KEYS}
    if name in STAGES:
        STAGES[name](Setting.of(settings), **own)
    else:
        TABLE[name](MiniTraining.of(settings), **own)
