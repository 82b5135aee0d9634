"""The parts of a run, made from the project's own config."""

from collections.abc import Sequence

import torch
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from stitch_exp.building.builder import Builder
from stitch_exp.config import schema
from stitch_exp.pipeline import Stages


def config(overrides: Sequence[str]) -> DictConfig:
    """The config a command line with these overrides would give."""
    schema.register()
    with initialize_config_dir(str(schema.config_folder()), version_base="1.3"):
        return compose("run", overrides=[*overrides, "logger=none"])


def stages(overrides: Sequence[str], generator: torch.nn.Module | None = None) -> tuple[Stages, torch.nn.Module]:
    """All stages and the generator they share; pass a generator to share it between configs."""
    builder = Builder(config(overrides))
    if generator is not None:
        builder.__dict__["generator"] = generator
    return builder.stages(), builder.generator
