"""Hashes of what a setting points to: they tell artefacts of one input from those of another."""

import hashlib
from pathlib import Path

from stitch_exp.weights.registry import present

_digests: dict[tuple[str, int, int], str] = {}


def file_digest(path: Path | str) -> str:
    """SHA-256 of a file, in hexadecimal; computed once per file content (by size and time) in a process.

    Raises:
        WeightsError: The file is missing.
    """
    path = present(Path(path))
    stat = path.stat()
    key = (str(path.resolve()), stat.st_size, stat.st_mtime_ns)
    if key not in _digests:
        with path.open("rb") as file:
            _digests[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return _digests[key]


def digest_of(path: Path) -> str:
    """SHA-256 of a file; of a folder, that of its files' names and hashes."""
    if path.is_file():
        return file_digest(path)
    lines = [f"{file_digest(file)}  {file.relative_to(path)}" for file in sorted(path.rglob("*")) if file.is_file()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
