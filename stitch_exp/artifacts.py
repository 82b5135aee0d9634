"""Content-keyed storage of what the stages make, so that nothing is computed twice.

An artefact lives in `<root>/<stage>/<key>/`: arrays as `.npy` (memory-mapped when read), tensors in
`tensors.safetensors`, plain values in `meta.json`. The key hashes the stage's fingerprint (settings,
weight files, version) and the keys of its inputs. A folder appears under its name only when it is
complete; what an interrupted stage left in its scratch folder is offered to the next attempt.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from safetensors.torch import load_file, save_file
from torch import Tensor

from stitch_exp import mapped, types
from stitch_exp.errors import StorageError

VERSION = 2
"""Raised when an artefact's meaning changes, so that old folders are not read."""


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
        with _storage_errors(folder):
            folder.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(folder.with_suffix(".lock")):
                reused = self.enabled and (folder / "meta.json").is_file()
                if not reused:
                    self._build(folder, build, work, [made.value for made in inputs])
        return Made(load(folder), key, reused)

    def _key(self, stage: str, input_keys: list[str]) -> str:
        text = json.dumps([VERSION, stage, self.fingerprints.get(stage, ""), input_keys])
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    def _build(self, folder: Path, build: Callable[..., Any], work: types.Workspace, values: list[Any]) -> None:
        partial = folder.with_suffix(".partial")
        scratch = partial / "scratch"
        scratch.mkdir(parents=True, exist_ok=True)
        here = replace(work, allocate=mapped.allocator(partial), scratch=scratch)
        save(build(*values, here), partial)
        shutil.rmtree(scratch)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(partial, folder)


def save(artefact: Any, folder: Path) -> None:
    """Write a dataclass of `types` to `folder`; arrays allocated there are not copied."""
    tensors: dict[str, Tensor] = {}
    meta: dict[str, Any] = {"type": type(artefact).__name__, "plain": {}, "arrays": [], "nested": {}}
    for item in fields(artefact):
        _save_field(item.name, getattr(artefact, item.name), folder, meta, tensors)
    save_file(tensors, folder / "tensors.safetensors")
    _write_synced(folder / "meta.json", json.dumps(meta, indent=1))


def load(folder: Path) -> Any:
    """Read an artefact back; arrays stay on disk until they are touched.

    Raises:
        StorageError: The folder holds something else.
    """
    meta = json.loads((folder / "meta.json").read_text())
    kind = getattr(types, meta["type"], None)
    if kind is None:
        raise StorageError(f"{folder} holds a {meta['type']!r}, which this version does not know; delete the folder")
    tensors = load_file(folder / "tensors.safetensors")
    values: dict[str, Any] = dict(meta["plain"])
    values.update({name: mapped.read(folder / f"{name}.npy") for name in meta["arrays"]})
    for name, nested in meta["nested"].items():
        values[name] = _restore(name, nested, tensors)
    for item in fields(kind):
        if isinstance(values.get(item.name), list):
            values[item.name] = tuple(values[item.name])
    return kind(**values)


def _save_field(name: str, value: Any, folder: Path, meta: dict[str, Any], tensors: dict[str, Tensor]) -> None:
    if isinstance(value, np.ndarray):
        meta["arrays"].append(name)
        mapped.write(value, folder / f"{name}.npy")
    elif isinstance(value, Tensor):
        meta["nested"][name] = "tensor"
        tensors[name] = _cpu(value)
    elif isinstance(value, types.WPlus):
        meta["nested"][name] = "WPlus"
        tensors[name] = _cpu(value.codes)
    elif isinstance(value, types.StyleSpace):
        meta["nested"][name] = "StyleSpace"
        tensors.update({f"{name}/{i:03d}": _cpu(style) for i, style in enumerate(value.styles)})
    elif isinstance(value, Mapping) and all(isinstance(part, Tensor) for part in value.values()):
        meta["nested"][name] = "mapping"
        tensors.update({f"{name}/{key}": _cpu(part) for key, part in value.items()})
    else:
        meta["plain"][name] = dict(value) if isinstance(value, Mapping) else value


def _restore(name: str, kind: str, tensors: Mapping[str, Tensor]) -> Any:
    if kind == "tensor":
        return tensors[name]
    if kind == "WPlus":
        return types.WPlus(tensors[name])
    prefix = f"{name}/"
    parts = {key.removeprefix(prefix): part for key, part in sorted(tensors.items()) if key.startswith(prefix)}
    return types.StyleSpace(tuple(parts.values())) if kind == "StyleSpace" else parts


def _cpu(tensor: Tensor) -> Tensor:
    return tensor.detach().cpu().contiguous().clone()


def _write_synced(path: Path, text: str) -> None:
    with path.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


class _storage_errors:
    """Turns the operating system's complaints about the disk into one sentence."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError) and error.errno is not None and not isinstance(error, FileNotFoundError):
            raise StorageError(
                f"cannot write {self.folder}: {error.strerror}; free some space or set paths.outputs to another folder"
            ) from error
