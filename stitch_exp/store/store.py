"""Make artefacts through stages, or read them back.

An artefact lives in `<root>/<stage>/<key>/`. The key hashes the stage's fingerprint (settings, weight files, version)
and the keys of its inputs. A folder appears under its name only when it is complete and sealed (`integrity`); a damaged
one is set aside and made again. What an interrupted stage left in its scratch folder is offered to the next attempt.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from stitch_exp import types
from stitch_exp.errors import StitchError, StorageError
from stitch_exp.store import mapped
from stitch_exp.store.artefact import load, save
from stitch_exp.store.disk import storage_errors
from stitch_exp.store.integrity import SEAL, damage, seal, set_aside

log = logging.getLogger("stitch_exp.store")

VERSION = 3
"""Raised when an artefact's meaning or form changes, so that old folders are not read."""


@dataclass(frozen=True, slots=True)
class Made:
    """An artefact, its key, and whether it was already there."""

    value: Any
    key: str
    reused: bool


class Store:
    """Makes artefacts through stages, or reads them back.

    Args:
        root: Folder of the store, created when missing.
        fingerprints: For each stage name, a text that changes when the stage would make something else.
        enabled: When False, artefacts are always made anew (and still kept for inspection).
    """

    def __init__(self, root: Path, fingerprints: Mapping[str, str], enabled: bool = True) -> None:
        self.root = root
        self.fingerprints = fingerprints
        self.enabled = enabled

    def make(self, stage: str, build: Callable[..., Any], work: types.Workspace, inputs: list[Made]) -> Made:
        """Return `build(*inputs, work)`, from the store when the same call was made before.

        Raises:
            StorageError: The store cannot be written.
        """
        key = self._key(stage, [made.key for made in inputs])
        folder = self.root / stage / key
        with storage_errors(folder):
            folder.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(folder.with_suffix(".lock")):
                kept = self._kept(folder) if self.enabled else None
                if kept is not None:
                    return Made(kept, key, reused=True)
                self._build(folder, build, work, [made.value for made in inputs])
                return Made(load(folder), key, reused=False)

    def find(self, stage: str, inputs: Sequence[Made]) -> Made | None:
        """What `make` would read back, or None where it would build; waits while somebody makes it.

        Raises:
            StorageError: The store cannot be written.
        """
        key = self._key(stage, [made.key for made in inputs])
        folder = self.root / stage / key
        if not self.enabled or not (folder.is_dir() or folder.with_suffix(".partial").is_dir()):
            return None
        with storage_errors(folder), FileLock(folder.with_suffix(".lock")):
            kept = self._kept(folder)
        return None if kept is None else Made(kept, key, reused=True)

    def discard(self, stage: str, inputs: Sequence[Made]) -> None:
        """Removes what `make` would read back; nothing happens where it is not there, or in use."""
        folder = self.root / stage / self._key(stage, [made.key for made in inputs])
        lock = folder.with_suffix(".lock")
        if folder.is_dir():
            with suppress(OSError, Timeout):
                with FileLock(lock, timeout=0):
                    shutil.rmtree(folder)
                lock.unlink(missing_ok=True)

    def _key(self, stage: str, input_keys: list[str]) -> str:
        text = json.dumps([VERSION, stage, self.fingerprints.get(stage, ""), input_keys])
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    def _kept(self, folder: Path) -> Any:
        """The artefact if it is there and whole, else None."""
        if not folder.is_dir():
            return None
        wrong = damage(folder)
        if wrong is None:
            try:
                value = load(folder)
                os.utime(folder / SEAL)
                return value
            except (StorageError, ValueError, KeyError, TypeError, OSError) as error:
                wrong = str(error)
        log.warning("%s is damaged (%s): set aside as %s, made again", folder, wrong, set_aside(folder).name)
        return None

    def _build(self, folder: Path, build: Callable[..., Any], work: types.Workspace, values: list[Any]) -> None:
        partial = folder.with_suffix(".partial")
        scratch = partial / "scratch"
        scratch.mkdir(parents=True, exist_ok=True)
        here = replace(work, allocate=mapped.allocator(partial), scratch=scratch)
        try:
            save(_resumed(build, values, here, scratch), partial)
            shutil.rmtree(scratch)
            seal(partial)
        except BaseException:
            _keep_scratch_only(partial)
            raise
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(partial, folder)


def _resumed(build: Callable[..., Any], values: list[Any], work: types.Workspace, scratch: Path) -> Any:
    """Run a stage; if it cannot go on from what an interrupted attempt left, once more from the start."""
    left = [path.name for path in scratch.iterdir()]
    try:
        return build(*values, work)
    except (StitchError, OSError):
        raise
    except Exception as error:
        if not left:
            raise
        log.warning("cannot go on from %s (%s): starting anew", scratch, error)
        shutil.rmtree(scratch)
        scratch.mkdir()
        return build(*values, work)


def _keep_scratch_only(partial: Path) -> None:
    """Free the room of half-made arrays; a scratch folder with something in it stays for the next attempt."""
    with suppress(OSError):
        for path in partial.iterdir():
            if path.is_file():
                path.unlink()
        (partial / "scratch").rmdir()
        partial.rmdir()
