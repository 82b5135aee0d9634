"""Read command-line overrides the way Hydra does, before Hydra runs."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import OmegaConf

from stitch_exp.app import schema


def parse(arguments: list[str], found: list[str]) -> Iterator[Override]:
    """Read overrides one by one; what cannot be read is a problem, not an exception."""
    parser = OverridesParser.create()
    for argument in arguments:
        try:
            yield from parser.parse_overrides([argument])
        except HydraException:
            found.append(f"cannot read '{argument}': write key=value, with quotes around values that hold spaces")


def is_group(item: Override) -> bool:
    """Whether an override picks an option of a config group."""
    return (schema.config_folder() / item.key_or_group).is_dir()


def options(group: str) -> list[str]:
    """The options of a config group, by name."""
    return sorted(path.stem for path in (schema.config_folder() / group).glob("[!_]*.yaml"))


def words(item: Override) -> list[str]:
    """The values of an override as typed: one, or those of a sweep over a list."""
    if item.is_sweep_override():
        return [str(word) for word in item.sweep_string_iterator()] if item.is_discrete_sweep() else []
    return [str(item.value())]


def values(item: Override) -> list[Any]:
    """The values of an override as YAML reads them."""
    if not item.is_sweep_override():
        return [item.value()]
    return [OmegaConf.create(f"x: {word}").x for word in words(item)]


def unknown_options(item: Override, found: list[str]) -> bool:
    """Whether a group override names an option that does not exist; says so in `found`."""
    known = options(item.key_or_group)
    unknown = [word for word in words(item) if word not in known and word not in ("null", "None")]
    for word in unknown:
        found.append(f"{item.key_or_group}={word}: no such option{hint(word, known)}")
    return bool(unknown)


def hint(word: str, known: Iterable[str]) -> str:
    """The nearest known name, and all of them."""
    known = list(known)
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    guess = f"; did you mean '{close[0]}'?" if close else ""
    return f"{guess} (there are: {', '.join(known)})"
