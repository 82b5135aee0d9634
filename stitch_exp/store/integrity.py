"""Tell whether an artefact on disk is what was written: the size and SHA-256 of each of its files, in `files.json`."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from stitch_exp.errors import StorageError

SEAL = "files.json"
"""Written last: a folder without it is not an artefact."""


def seal(folder: Path) -> None:
    """Write down size and checksum of every file of a finished artefact."""
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and path.name != SEAL]
    parts = {path.name: {"bytes": path.stat().st_size, "sha256": _digest(path)} for path in files}
    with (folder / SEAL).open("w") as file:
        json.dump(parts, file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def damage(folder: Path) -> str | None:
    """What is wrong with a sealed artefact, naming the file, or None if it is whole."""
    try:
        parts = json.loads((folder / SEAL).read_text())
        expected = {str(name): (int(facts["bytes"]), str(facts["sha256"])) for name, facts in parts.items()}
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        return f"{SEAL} cannot be read"
    for name, (size, digest) in expected.items():
        path = folder / name
        if not path.is_file():
            return f"{name} is gone"
        if path.stat().st_size != size:
            return f"{name} has {path.stat().st_size} bytes instead of {size}"
        if _digest(path) != digest:
            return f"{name} has other content than what was written"
    return None


def set_aside(folder: Path) -> Path:
    """Rename a damaged artefact, so that it can be looked at and is never used; returns its new place.

    Raises:
        StorageError: The store cannot be written.
    """
    places = (folder.with_name(f"{folder.name}.damaged{number or ''}") for number in range(1000))
    place = next((place for place in places if not place.exists()), None)
    if place is None:
        raise StorageError(f"{folder} is damaged, and so were 1000 before it; check the disk")
    os.replace(folder, place)
    return place


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
