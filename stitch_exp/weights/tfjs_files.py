"""Reads TensorFlow.js models: a JSON file that names tensors, and beside it the files with their numbers.

Reference: the converter of TensorFlow.js, "weights manifest" and "quantization".
"""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from stitch_exp.weights.limits import Budget, Refused

DTYPES = {"float32": "<f4", "float16": "<f2", "int32": "<i4", "uint8": "u1", "uint16": "<u2", "bool": "?"}


def read_tfjs(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """All tensors of a model under the names of its graph, and who made it.

    Numbers stored in half precision stay so; those stored as integers with a scale become single precision.

    Args:
        path: The JSON file; the others lie in its folder.

    Raises:
        Refused: It names files elsewhere, or one of them again and again, or holds text.
        Exception: It is damaged.
    """
    model = json.loads(path.read_text(encoding="utf-8"))
    groups = model["weightsManifest"]
    parts = {name: _part(path, name) for group in groups for name in group["paths"]}
    budget = Budget(path.stat().st_size + sum(part.stat().st_size for part in parts.values()))
    tensors: dict[str, Tensor] = {}
    for group in groups:
        for name in group["paths"]:
            budget.spend(parts[name].stat().st_size)
        data, start = b"".join(parts[name].read_bytes() for name in group["paths"]), 0
        for entry in group["weights"]:
            tensors[entry["name"]], start = _tensor(entry, data, start)
    origin = {key: model[key] for key in ("generatedBy", "convertedBy") if isinstance(model.get(key), str)}
    return tensors, origin


def _part(path: Path, name: str) -> Path:
    if Path(name).name != name:
        raise Refused(f"its numbers are in {name[:80]!r}, outside its folder")
    part = path.with_name(name)
    if not part.is_file():
        raise Refused(f"its numbers are in '{name}', which is missing beside it")
    return part


def _tensor(entry: dict[str, Any], data: bytes, start: int) -> tuple[Tensor, int]:
    packing = entry.get("quantization", {})
    stored = packing.get("dtype", entry["dtype"])
    if stored not in DTYPES:
        raise Refused(f"tensor {str(entry['name'])[:80]} holds {stored}, not numbers")
    dtype = np.dtype(DTYPES[stored])
    end = start + math.prod(entry["shape"]) * dtype.itemsize
    if not start <= end <= len(data):
        raise ValueError(f"tensor {str(entry['name'])[:80]} reaches byte {end} of {len(data)}")
    values = np.frombuffer(data[start:end], dtype).reshape(entry["shape"])
    if "scale" in packing:
        values = values.astype(np.float32) * np.float32(packing["scale"]) + np.float32(packing["min"])
    return torch.from_numpy(values.copy()), end
