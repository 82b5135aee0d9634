"""Types of the settings that belong to no class: the root of the config and its plain groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING, OmegaConf

PROJECT = Path(__file__).resolve().parents[2]


@dataclass
class Paths:
    """Folders; relative ones start at the folder the command is typed in."""

    outputs: str = MISSING
    weights: str = MISSING
    store: str = MISSING
    assets: str = MISSING


@dataclass
class Runtime:
    """Where and how networks run."""

    device: str = MISSING
    precision: str = MISSING
    threads: int | None = None
    channels_last: bool = False
    reuse: bool = True


@dataclass
class Tracker:
    """Where the run is recorded besides its folder."""

    name: str = MISSING
    mode: str = MISSING
    project: str = MISSING
    entity: str | None = None
    tags: list[str] = field(default_factory=list)


@dataclass
class Root:
    """The root of the config; groups with a `_target_` are checked against their class."""

    paths: Paths = MISSING
    runtime: Runtime = MISSING
    logger: Tracker = MISSING
    experiment_name: str = MISSING
    seed: int = 0
    debug: bool = False
    rerun: bool = False
    comparison: bool = True
    model: Any = MISSING
    video: Any = MISSING
    aligner: Any = MISSING
    encoder: Any = MISSING
    tuning: Any = MISSING
    edit: Any = MISSING
    stitching: Any = MISSING
    composite: Any = MISSING
    segmenter: Any = MISSING
    identity: Any = MISSING
    perceptual: Any = MISSING
    metrics: Any = MISSING
    trainer: Any = MISSING


CHOICES: dict[str, tuple[str, ...]] = {
    "runtime.device": ("auto", "cpu", "cuda"),
    "runtime.precision": ("auto", "32-true", "bf16-mixed", "16-mixed"),
    "logger.name": ("wandb", "none"),
    "logger.mode": ("offline", "online"),
}
"""Plain settings with a fixed list of words."""


def config_folder() -> Path:
    """The folder of the YAML files: the checkout's `conf/`, or its copy inside an installed package."""
    checkout = PROJECT / "conf"
    return checkout if (checkout / "run.yaml").is_file() else PROJECT / "stitch_exp" / "conf"


def register() -> None:
    """Make the schema and the resolvers known to Hydra; may be called again."""
    ConfigStore.instance().store(name="schema", node=Root)
    OmegaConf.register_new_resolver("package_assets", lambda: str(files("stitch_exp") / "assets"), replace=True)
