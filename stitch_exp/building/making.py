"""Make the object that a piece of config describes: the one place where Hydra's `instantiate` is called."""

from __future__ import annotations

import re
from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig

from stitch_exp.config.resolved import first_line
from stitch_exp.console.messages import unwrapped
from stitch_exp.errors import ConfigError, SettingsError

_OTHER_SETTINGS = re.compile(r"(?:\w+\.__init__\(\) )?(?P<what>(missing|got an unexpected) .*argument.*)")
"""What Python says where a config has other settings than the class it names."""


def make(node: DictConfig, where: str, **given: Any) -> Any:
    """Build a node with a `_target_`, and the nodes inside it.

    Args:
        node: The settings.
        where: Its key in the config, for messages.
        given: Networks and other things that YAML does not name.

    Raises:
        StitchError: Of the constructor, as it was raised there; refused settings carry their whole keys.
    """
    try:
        return instantiate(node, **given, _convert_="all")
    except InstantiationException as error:
        inner = unwrapped(error)
        if isinstance(inner, SettingsError):
            raise inner.below(_place(error) or where) from error
        if inner is not error:
            raise inner from error
        if isinstance(error.__cause__, ImportError) and "Error loading" in str(error.__cause__):
            raise ConfigError(f"{_place(error) or where}: {first_line(error)}") from error
        if isinstance(error.__cause__, TypeError) and (found := _OTHER_SETTINGS.match(str(error.__cause__))):
            raise ConfigError(
                f"{_place(error) or where}: {found['what']}. The config is of another version of stitch-exp; edit it "
                "to the settings of conf/, or make the run again"
            ) from error
        raise (error.__cause__ or error) from None


def _place(error: InstantiationException) -> str | None:
    """The key of the innermost node that could not be made, as Hydra says it."""
    last = str(error).strip().splitlines()[-1]
    return last.removeprefix("full_key: ") if last.startswith("full_key: ") else None
