"""From plain settings to a running stage."""

import pytorch_lightning as pl
import torch

from stitch_exp.errors import ConfigError
from stitch_exp.training.mobile.stages import STAGES, run_mobile
from stitch_exp.training.stages import TABLE


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
    if name in STAGES:
        run_mobile(settings)
    else:
        TABLE[name](settings)
