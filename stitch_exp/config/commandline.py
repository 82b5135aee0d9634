"""The words a user typed: Hydra's flags, settings, and names of files that are meant as they stand."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from hydra._internal.utils import get_args_parser

from stitch_exp.config import schema
from stitch_exp.errors import ConfigError

PATHS = ("video.path", "source", *schema.EDITED)
"""Settings that name a file or folder whatever its name looks like."""
_PLAIN = re.compile(r"[A-Za-z_./][A-Za-z0-9_./+-]*")
"""Text that Hydra reads as it stands."""
_GIVEN = re.compile(r"[A-Za-z0-9_@/.]+")


@dataclass(frozen=True, slots=True)
class Command:
    """One command line.

    Args:
        overrides: Settings and choices, ready for Hydra.
        words: All words for Hydra, flags included.
        folder: Where the root config lies.
        config: Name of the root config.
        more: Further folders of YAML files (`--config-dir`).
        shows: Nothing is run: help, or the settings.
        sweeps: Several values of a setting are a sweep (`-m`).
    """

    overrides: list[str]
    words: list[str]
    folder: Path
    config: str
    more: tuple[Path, ...]
    shows: bool
    sweeps: bool


def read(words: Sequence[str], config: str) -> Command:
    """Take a command line apart.

    Args:
        words: Without the name of the program.
        config: Name of the root config unless `--config-name` says another.

    Raises:
        ConfigError: An unknown flag, or a folder of `--config-dir` or `--config-path` that is not there.
    """
    flags = _flags(words)
    overrides = [literal(word) for word in flags.overrides]
    folder = _folder(flags.config_path, "--config-path") or schema.config_folder()
    more = _folder(flags.config_dir, "--config-dir")
    name = (flags.config_name or config).removesuffix(".yaml")
    shows = any((flags.help, flags.hydra_help, flags.cfg, flags.info, flags.shell_completion))
    places = (more,) if more else ()
    typed = iter(overrides)
    kept = [next(typed) if word in flags.overrides else word for word in words]
    if flags.config_path:
        kept = [*_without(kept, ("--config-path", "-cp")), "--config-path", str(folder)]
        if more is None:  # the record of a run builds on the package's own YAML files
            kept += ["--config-dir", str(schema.config_folder())]
        places = (*places, schema.config_folder())
    return Command(overrides, kept, folder, name, places, shows, bool(flags.multirun))


def literal(argument: str) -> str:
    """An override whose value names an existing file or folder, with the value in quotes; others as they are."""
    key, _, text = argument.partition("=")
    if not text or not _GIVEN.fullmatch(key.lstrip("+~")) or text[0] in "'\"":
        return argument
    if _PLAIN.fullmatch(text) and text.lower() not in ("null", "true", "false", "nan", "inf"):
        return argument
    if _is_file(key, text):
        return f"{key}={quoted(text)}"
    parts = text.split(",")
    if len(parts) > 1 and all(_is_file(key, part) for part in parts):
        return f"{key}={','.join(quoted(part) for part in parts)}"
    return argument


def quoted(text: str) -> str:
    """A value that Hydra reads literally, whatever characters it holds."""
    escaped = re.sub(r"(\\*)'", lambda found: found[1] * 2 + "\\'", text.replace("${", "\\${"))
    return "'" + re.sub(r"(\\+)$", lambda found: found[1] * 2, escaped) + "'"


def _is_file(key: str, text: str) -> bool:
    if key not in PATHS and (("/" not in text and "." not in text) or _is_number(text)):
        return False
    try:
        return bool(text) and Path(text).exists()
    except OSError:
        return False


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _flags(words: Sequence[str]) -> Any:
    parser = get_args_parser()
    parser.__class__ = _Parser
    known, unknown = parser.parse_known_args(list(words))
    for word in unknown:
        bare = word.lstrip("-")
        advice = f"write {bare}, without dashes" if "=" in bare else f"settings are written {bare}=VALUE"
        raise ConfigError(f"{word} is not an option of this command: {advice}; --help lists them")
    return known


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in a sentence instead of a page of usage."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{message}; --help lists what can be typed")


def _folder(name: str | None, flag: str) -> Path | None:
    if name is None:
        return None
    path = Path(name).expanduser().absolute()
    if not path.is_dir():
        raise ConfigError(f"{flag} {name}: no such folder; name one that holds YAML files")
    return path


def _without(words: list[str], flags: tuple[str, ...]) -> list[str]:
    kept: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in flags:
            skip = True
        elif not word.startswith(tuple(f"{flag}=" for flag in flags)):
            kept.append(word)
    return kept
