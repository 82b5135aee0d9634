"""Hashes of files that nobody publishes a hash for, recorded when they are first fetched."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stitch_exp.errors import WeightsError
from stitch_exp.host.whole import written_whole
from stitch_exp.weights.digests import digest_of
from stitch_exp.weights.registry import WeightFile

NAME = "weights.lock.json"


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files of a folder."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)


class Ledger:
    """The file `weights.lock.json` beside the weights.

    Args:
        folder: The weights folder.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def hashes(self) -> dict[str, str]:
        """Recorded SHA-256 by file name.

        Raises:
            WeightsError: The file is no JSON, or holds something else.
        """
        return {name: note["sha256"] for name, note in self._notes().items()}

    def record(self, entry: WeightFile, path: Path, source: str) -> None:
        """Notes what a file is now, and where it came from."""
        note = {
            "sha256": digest_of(path),
            "size": size_of(path),
            "source": source,
            "licence": entry.licence,
            "recorded": datetime.now(UTC).date().isoformat(),
        }
        notes = self._notes() | {entry.file: note}
        with written_whole(self.path) as unfinished:
            unfinished.write_text(json.dumps(notes, indent=2, sort_keys=True) + "\n", encoding="utf-8")

    def _notes(self) -> dict[str, dict[str, Any]]:
        if not self.path.exists():
            return {}
        try:
            notes = json.loads(self.path.read_text(encoding="utf-8"))
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise WeightsError(f"'{self.path}' is no JSON ({error}); delete it, it will be made anew") from error
        if not isinstance(notes, dict) or not all(_is_note(note) for note in notes.values()):
            raise WeightsError(f"'{self.path}' holds no hashes of files; delete it, it will be made anew")
        return notes


def _is_note(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("sha256"), str)


def mismatch(entry: WeightFile, path: Path, recorded: str | None) -> str:
    """What tells a file from the one it should be, or nothing.

    A published hash decides; where there is none, the known first digits, the size, and the hash of the first fetch.
    """
    actual, expected = digest_of(path), entry.sha256 or recorded
    if expected and actual != expected:
        return f"its SHA-256 is {actual}, not {expected}"
    if entry.sha256_prefix and not actual.startswith(entry.sha256_prefix):
        return f"its SHA-256 is {actual}, which should begin with {entry.sha256_prefix}"
    if entry.size and path.is_file() and path.stat().st_size != entry.size:
        return f"it has {path.stat().st_size:,} bytes, not {entry.size:,}"
    return ""
