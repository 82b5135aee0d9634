"""Types of the settings that belong to no class: the root of the config and its plain groups."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING, DictConfig, ListConfig, OmegaConf

from stitch_exp.errors import ConfigError
from stitch_exp.settings import Count, Finite, Natural, Range, Seed, Share, Strength
from stitch_exp.weights import registry

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
class Logger:
    """Where the run is recorded besides its folder."""

    name: str = MISSING
    mode: str = MISSING
    project: str = MISSING
    entity: str | None = None
    tags: list[str] = field(default_factory=list)
    id: str | None = None


@dataclass
class Model:
    """What a bundle of `conf/model/` holds: files, null where the bundle has none, and what fits them.

    It is not composed from; the command line checks the group `model` against its fields.
    """

    name: str
    resolution: Annotated[int, Range(4, 1024)]
    generator: str | None
    inverters: dict[str, str | None]
    hypernetwork: str | None
    directions: str | None
    direction_scale: Finite
    strength: Strength
    corrections: Natural
    tuned_share: Share
    truncation_psi: Share
    styleclip_directions: str | None
    clip: str | None
    latent_transformers: str | None
    sides: list[Count] | None = None


@dataclass
class Root:
    """The root of the config; groups with a `_target_` are checked against their class."""

    paths: Paths = MISSING
    runtime: Runtime = MISSING
    logger: Logger = MISSING
    experiment_name: str = MISSING
    seed: int = 0
    debug: bool = False
    rerun: bool = False
    comparison: bool = True
    live: bool = False
    objective: str | None = None
    parts: int | None = None
    part: int | None = None
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
    judge: Any = None
    digests: dict[str, str] = field(default_factory=dict)
    trainer: Any = MISSING


CHOICES: dict[str, tuple[str, ...]] = {
    "runtime.device": ("auto", "cpu", "cuda"),
    "runtime.precision": ("auto", "32-true", "bf16-mixed", "16-mixed"),
    "logger.name": ("wandb", "none"),
    "logger.mode": ("offline", "online"),
}
"""Plain settings with a fixed list of words."""


MOST_THREADS = max(64, 4 * (os.cpu_count() or 1))
MOST_PARTS = 1000
RANGES: dict[str, Any] = {
    "seed": Seed,
    "runtime.threads": Annotated[int, Range(1, MOST_THREADS)],
    "parts": Annotated[int, Range(1, MOST_PARTS)],
    "part": Annotated[int, Range(1, MOST_PARTS)],
}
"""Plain settings that are numbers."""
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f<>:\"|?*\\]")


def complaint_about_name(name: str) -> str | None:
    """What is wrong with an `experiment_name`: it names a folder inside `paths.outputs`, and nothing else."""
    parts = Path(name).parts
    if not parts or Path(name).is_absolute() or ".." in parts:
        return "it names a folder inside paths.outputs; use letters, digits, - and _"
    if _FORBIDDEN.search(name):
        return "it becomes the name of a folder; use letters, digits, - and _"
    return "it is too long for the name of a folder; use less than 100 letters" if len(name.encode()) > 200 else None


BENCHMARK = "stit-gt-1"
"""The option of `benchmark` whose clips have known answers."""
EDITED = ("edited", "edited2", "edited3", "edited4", "edited5")
"""Settings of `eval.py` that name an edited video."""


def edited_videos(cfg: Mapping[str, Any]) -> dict[str, str]:
    """The edited videos of `eval.py` by the setting that names them, without the null ones."""
    return {name: cfg[name] for name in EDITED if cfg.get(name) is not None}


def complaints_about_evaluation(runs: str | None, source: str | None, edited: Mapping[str, str]) -> list[str]:
    """What is wrong with the settings that say what `eval.py` looks at.

    Args:
        runs: Pattern of run folders.
        source: A video.
        edited: As `edited_videos` gives them.
    """
    if runs is not None and (source is not None or edited):
        return ["give either runs= or source= and edited=, not both"]
    if runs is None and (source is None or not edited):
        missing = "edited=" if source else "source=" if edited else "runs='outputs/**', or source= and edited="
        return [f"nothing to evaluate: add {missing}"]
    named = {} if source is None or source in known_clips() else {"source": source}
    named |= edited
    return [f"{key}={name}: no such file" for key, name in named.items() if not os.path.exists(str(name))]


def known_clips() -> list[str]:
    """The clips with known answers, by the names that `source` takes."""
    benchmark = OmegaConf.load(config_folder() / "benchmark" / f"{BENCHMARK}.yaml")
    return [str(name) for name in benchmark.digests]


def config_folder() -> Path:
    """The folder of the YAML files: the checkout's `conf/`, or its copy inside an installed package."""
    checkout = PROJECT / "conf"
    return checkout if (checkout / "run.yaml").is_file() else PROJECT / "stitch_exp" / "conf"


def register() -> None:
    """Make the schema and the resolvers known to Hydra; may be called again."""
    ConfigStore.instance().store(name="schema", node=Root)
    OmegaConf.register_new_resolver("package_assets", lambda: str(files("stitch_exp") / "assets"), replace=True)
    OmegaConf.register_new_resolver("located", registry.located, replace=True)
    OmegaConf.register_new_resolver("recognisers", recognisers, replace=True)


def recognisers(words: str | Sequence[str] | None, *, _root_: DictConfig) -> ListConfig | None:
    """The settings of recognisers named by options of `identity`, such as `[dlib, faceres]`; None for None.

    Args:
        words: The options.
        _root_: The whole config, by OmegaConf; the files of recognisers lie in its `paths`.

    Raises:
        ConfigError: There is no such option.
    """
    if words is None:
        return None
    folder = config_folder() / "identity"
    known = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    names = [words] if isinstance(words, str) else [str(word) for word in words]
    unknown = [name for name in names if name not in known]
    if unknown or len(set(names)) < len(names):
        wrong = f"{unknown[0]!r} is no option of identity" if unknown else "one is named twice"
        raise ConfigError(f"metrics.identity=[{','.join(names)}]: {wrong}; there are: {', '.join(known)}")
    nodes = [OmegaConf.load(known[name]) for name in names]
    merged = OmegaConf.create({"paths": OmegaConf.to_container(_root_.paths, resolve=True), "found": nodes})
    return OmegaConf.create(OmegaConf.to_container(merged.found, resolve=True))  # type: ignore[return-value]
