"""A composed config as plain values, with a sentence for each reference in it that leads nowhere."""

from __future__ import annotations

from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

MISSING = "???"
"""Stands for a value that has to be given."""
_DEEPEST = 30


def resolved(cfg: DictConfig, found: list[str]) -> dict[str, Any]:
    """All settings with their references filled in; those that cannot be are left out and named in `found`."""
    return _plain(cfg, "", found)


def select(settings: dict[str, Any], key: str) -> Any:
    """The value at a dotted key, or None."""
    value: Any = settings
    for name in key.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _plain(node: Any, where: str, found: list[str]) -> Any:
    if isinstance(node, DictConfig):
        names: Any = list(node)
    elif isinstance(node, ListConfig):
        names = range(len(node))
    else:
        return node
    parts: dict[Any, Any] = {}
    for name in names:
        key = f"{where}.{name}".lstrip(".")
        if OmegaConf.is_missing(node, name):
            parts[name] = MISSING
            continue
        try:
            value = node[name]
            if key.count(".") > _DEEPEST:
                raise RecursionError
        except (OmegaConfBaseException, RecursionError) as error:
            found.append(f"{key}: {_reason(error)}")
            continue
        parts[name] = _plain(value, key, found)
    return parts if isinstance(node, DictConfig) else list(parts.values())


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it refers to itself"
    # What one of our own resolvers says, without OmegaConf's words before it.
    return first_line(error).rpartition("ConfigError raised while resolving interpolation: ")[2]


def first_line(error: Exception) -> str:
    """What an error says before it goes into details."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
