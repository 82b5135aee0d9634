"""The config of `run.py` from overrides, inside a Hydra program too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig

from stitch_exp.config import schema, validate
from stitch_exp.errors import ConfigError


def composed(overrides: Sequence[str]) -> DictConfig:
    """The config of `run.py` with these overrides, with Hydra's part.

    Raises:
        ConfigError: Something is wrong with them; the message lists everything.
    """
    with _hydra_at_rest():
        found = validate.problems(list(overrides))
        if found:
            raise ConfigError("; ".join(found))
        schema.register()
        with initialize_config_dir(str(schema.config_folder()), version_base="1.3"):
            return compose("run", overrides=list(overrides), return_hydra_config=True)


@contextmanager
def _hydra_at_rest() -> Iterator[None]:
    """Set a running Hydra aside."""
    running = GlobalHydra.instance().hydra
    GlobalHydra.instance().hydra = None
    try:
        yield
    finally:
        GlobalHydra.instance().hydra = running
