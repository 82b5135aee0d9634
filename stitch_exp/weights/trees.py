"""Flattens what a checkpoint holds into named tensors and the plain values beside them."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from stitch_exp.weights.limits import Refused
from stitch_exp.weights.pickle_handlers import Lazy, Module, Storage

MAX_ENTRIES, MAX_DEPTH = 200_000, 60
KEPT_OF_A_MODULE = ("_init_args", "_init_kwargs")


def split(tree: Any) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors by their dotted path, and everything else as a nested dict of plain values.

    A network of a snapshot contributes its parameters and buffers under the path a state dict would give them, and
    `class_name`, `_init_args`, `_init_kwargs` to the plain values.

    Raises:
        Refused: The tree is deeper or larger than any checkpoint.
    """
    tensors: dict[str, Tensor] = {}
    rest = _Walk(tensors).visit(tree, "", 0)
    return tensors, rest if isinstance(rest, dict) else {}


class _Walk:
    def __init__(self, tensors: dict[str, Tensor]) -> None:
        self.tensors = tensors
        self.entries = 0

    def visit(self, node: Any, path: str, depth: int) -> Any:
        """Files the tensors below `node` and returns the plain values that remain, None if there are none."""
        self.entries += 1
        if self.entries > MAX_ENTRIES or depth > MAX_DEPTH:
            raise Refused("it is nested deeper, or has more entries, than any checkpoint of weights")
        value = node.value if isinstance(node, Lazy) else node
        if isinstance(value, np.ndarray):
            self.tensors[path] = torch.from_numpy(value.astype(value.dtype.newbyteorder("="), copy=False))
            return None
        if isinstance(value, Tensor):
            self.tensors[path] = value.detach()
            return None
        if isinstance(value, Module):
            return self._module(value, path, depth)
        if isinstance(value, dict):
            return self._children(value.items(), path, depth)
        if isinstance(value, list | tuple):
            return self._list(list(value), path, depth)
        if isinstance(value, bytes | Storage):
            return None
        return value if isinstance(value, str | int | float | bool | type(None)) else str(value)

    def _children(self, items: Any, path: str, depth: int) -> dict[str, Any] | None:
        kept = {str(key): self.visit(value, join(path, key), depth + 1) for key, value in items}
        plain = {key: value for key, value in kept.items() if value is not None}
        return plain or None

    def _list(self, values: list[Any], path: str, depth: int) -> Any:
        count = len(self.tensors)
        kept = [self.visit(value, join(path, index), depth + 1) for index, value in enumerate(values)]
        return kept if len(self.tensors) == count else None

    def _module(self, module: Module, path: str, depth: int) -> dict[str, Any]:
        for group in ("_parameters", "_buffers"):
            for name, value in _dict(module.get(group)).items():
                if value is not None:
                    self.visit(value, join(path, name), depth + 1)
        for name, child in _dict(module.get("_modules")).items():
            self.visit(child, join(path, name), depth + 1)
        plain = {key.lstrip("_"): module[key] for key in KEPT_OF_A_MODULE if key in module}
        return {"class_name": module.class_name, **(self._children(plain.items(), path, depth) or {})}


def _dict(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def join(path: str, name: Any) -> str:
    """`path.name`, or the name alone at the root."""
    return f"{path}.{name}" if path else str(name)
