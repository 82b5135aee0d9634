"""One artefact as a folder: arrays as `.npy`, tensors in `tensors.safetensors`, plain values in `meta.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import load_file, save_file
from torch import Tensor

from stitch_exp import types
from stitch_exp.errors import StorageError
from stitch_exp.store import mapped


def save(artefact: Any, folder: Path) -> None:
    """Write a dataclass of `types` to `folder`; arrays allocated there are not copied."""
    tensors: dict[str, Tensor] = {}
    meta: dict[str, Any] = {"type": type(artefact).__name__, "plain": {}, "arrays": [], "nested": {}}
    for item in fields(artefact):
        _save_field(item.name, getattr(artefact, item.name), folder, meta, tensors)
    save_file(tensors, folder / "tensors.safetensors")
    (folder / "meta.json").write_text(json.dumps(meta, indent=1))


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
