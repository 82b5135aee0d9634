"""Read command-line overrides the way Hydra does, before Hydra runs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from stitch_exp.config import schema
from stitch_exp.errors import did_you_mean


def parse(arguments: list[str], found: list[str]) -> Iterator[Override]:
    """Read overrides one by one; what cannot be read is a problem, not an exception."""
    parser = OverridesParser.create()
    for argument in arguments:
        try:
            yield from parser.parse_overrides([argument])
        except HydraException:
            found.append(_unreadable(argument))


def _unreadable(argument: str) -> str:
    key, sign, text = argument.partition("=")
    if not sign:
        if ":" in argument and not os.path.exists(argument):
            return f"{argument}: write {argument.replace(':', '=', 1)}"
        if os.path.isdir(argument):
            return f"{argument}: write video=frames video.path={argument}"
        is_file = Path(argument).suffix or os.path.exists(argument)
        return f"{argument}: write " + (f"video=file video.path={argument}" if is_file else f"{argument}=VALUE")
    if key in ("video.path", "source", "edited"):
        return f"{key}={text}: no such file or folder"
    return f"cannot read '{argument}': write {key}=VALUE, with quotes around values that hold spaces or brackets"


def is_group(item: Override, places: Sequence[Path]) -> bool:
    """Whether an override picks an option of a config group that lies in one of the folders."""
    return any(os.path.isdir(place / item.key_or_group) for place in places)


def options(group: str, places: Sequence[Path] | None = None) -> list[str]:
    """The options of a config group, by name."""
    folders = [schema.config_folder()] if places is None else places
    return sorted({path.stem for place in folders for path in (place / group).glob("[!_]*.yaml")})


def words(item: Override) -> list[str]:
    """The values of an override as typed: one, or those of a sweep over a list; `null` for None."""
    if item.is_sweep_override():
        return [str(word) for word in item.sweep_string_iterator()] if item.is_discrete_sweep() else []
    return ["null" if item.value() is None else str(item.value())]


def values(item: Override) -> list[Any]:
    """The values of an override as YAML reads them."""
    if not item.is_sweep_override():
        return [item.value()]
    parser = OverridesParser.create()
    return [parser.parse_override(f"x={word}").value() for word in words(item)]


def unknown_options(item: Override, places: Sequence[Path], found: list[str]) -> bool:
    """Whether a group override names an option that does not exist; says so in `found`."""
    known = options(item.key_or_group, places)
    unknown = [word for word in words(item) if word not in known]
    for word in unknown:
        found.append(f"{item.key_or_group}={word}: no such option{_advice(item.key_or_group, word, known)}")
    return bool(unknown)


def _advice(group: str, word: str, known: list[str]) -> str:
    if group == "video" and os.path.exists(word.strip("'")):
        kind = "frames" if os.path.isdir(word.strip("'")) else "file"
        return f"; write video={kind} video.path={word}"
    if word == "null" and "none" in known:
        return f"; write {group}=none"
    if group == "identity" and word.startswith("["):
        return "; several recognisers are metrics.identity=[dlib,faceres]"
    return hint(word, known)


def hint(word: str, known: Iterable[str]) -> str:
    """The nearest known name, and all of them."""
    known = list(known)
    return f"{did_you_mean(word, known, 0.5)} (there are: {', '.join(known)})"
