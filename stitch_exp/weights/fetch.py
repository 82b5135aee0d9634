"""Fetches a weight file: licence first, then the transfer, then the hash; only then does the file get its name."""

import bz2
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from filelock import FileLock

from stitch_exp.errors import StorageError, WeightsError
from stitch_exp.weights import transfer
from stitch_exp.weights.ledger import Ledger, mismatch
from stitch_exp.weights.registry import WeightFile

SPARE_BYTES = 64 << 20


def fetch(
    entry: WeightFile, folder: Path, progress: transfer.Progress, say: Callable[[str], None], pause_seconds: float = 1.0
) -> Path:
    """The file of an entry, fetched if it is not there; the licence must have been accepted before.

    Args:
        folder: The weights folder, made if missing.
        progress: Told how far the transfer is.
        say: Told, in a sentence, what happens.
        pause_seconds: Wait before going on with a broken transfer.

    Raises:
        WeightsError: No source gives the right file; every source's reason is named.
        StorageError: The disk is full or not writable.
    """
    _make(folder)
    target = folder / entry.file
    with _locked(folder / f".{entry.file}.lock"):
        if target.exists():
            return _already(entry, target, say)
        if not entry.sources:
            raise WeightsError(f"{entry.name} cannot be fetched by a program. {entry.note}")
        _check_space(entry, folder)
        reasons = []
        for source in entry.sources:
            say(f"from {source}")
            try:
                return _from(source, entry, target, progress, pause_seconds)
            except WeightsError as error:
                reasons.append(str(error))
        raise WeightsError(_all_failed(entry, target, reasons))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Nobody else fetches the same file meanwhile."""
    lock = FileLock(path)
    try:
        lock.acquire()
    except OSError as error:
        raise StorageError(
            f"nothing can be written to the weights folder '{path.parent}' ({error}); give another with --folder"
        ) from error
    try:
        yield
    finally:
        lock.release()


def _already(entry: WeightFile, target: Path, say: Callable[[str], None]) -> Path:
    if wrong := mismatch(entry, target, Ledger(target.parent).hashes().get(entry.file)):
        raise WeightsError(f"'{target}' is there but damaged or another version: {wrong}; delete it and fetch again")
    say(f"'{target}' is there and whole")
    return target


def _from(source: str, entry: WeightFile, target: Path, progress: transfer.Progress, pause_seconds: float) -> Path:
    part = target.with_name(f".{target.name}.part")
    transfer.download(source, part, progress, pause_seconds=pause_seconds)
    ready = _unpacked(part, entry.unpack)
    if wrong := mismatch(entry, ready, Ledger(target.parent).hashes().get(entry.file)):
        _remove(part, ready)
        raise WeightsError(f"{source} sent another file: {wrong}; it was removed")
    os.replace(ready, target)
    _remove(part, ready)
    Ledger(target.parent).record(entry, target, source)
    return target


def _unpacked(part: Path, how: str | None) -> Path:
    """The file itself, taken out of its archive if it came in one."""
    if how is None:
        return part
    out = part.with_suffix(".unpacked")
    try:
        if how == "bz2":
            with bz2.open(part) as packed, out.open("wb") as file:
                shutil.copyfileobj(packed, file, transfer.CHUNK)
        else:
            _folder_of(part, how.removeprefix("folder:"), out)
    except (OSError, EOFError, zipfile.BadZipFile) as error:
        _remove(part, out)
        raise WeightsError(f"the archive cannot be unpacked ({error}); it was removed, fetch it again") from error
    return out


def _folder_of(archive: Path, inside: str, out: Path) -> None:
    """Copies the files of one folder of a zip, by their own names only."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    with zipfile.ZipFile(archive) as content:
        members = [item for item in content.infolist() if str(PurePosixPath(item.filename).parent).endswith(inside)]
        for member in members:
            if not member.is_dir():
                (out / PurePosixPath(member.filename).name).write_bytes(content.read(member))
    if not any(out.iterdir()):
        raise zipfile.BadZipFile(f"it has no folder {inside}")


def _remove(part: Path, ready: Path) -> None:
    transfer.discard(part)
    shutil.rmtree(ready, ignore_errors=True) if ready.is_dir() else ready.unlink(missing_ok=True)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"the weights folder '{folder}' cannot be made ({error}); give another with --folder"
        ) from error


def _check_space(entry: WeightFile, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if entry.size and free < entry.size + SPARE_BYTES:
        raise StorageError(
            f"'{folder}' has {free / 1e9:.2f} GB free; {entry.file} needs {entry.size / 1e9:.2f} GB. "
            "Free some space or give another folder with --folder"
        )


def _all_failed(entry: WeightFile, target: Path, reasons: list[str]) -> str:
    listed = "; ".join(f"({number}) {reason}" for number, reason in enumerate(reasons, 1))
    return f"{entry.name} could not be fetched: {listed}. You can also put the file at '{target}' yourself"
