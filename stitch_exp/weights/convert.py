"""Rewrites a weight file as safetensors, once: numbers only, faster to open, and nothing left to distrust."""

import json
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import Tensor

from stitch_exp.errors import WeightsError
from stitch_exp.host.whole import written_whole
from stitch_exp.weights.digests import file_digest
from stitch_exp.weights.reading import ALIASES, read_tensors

UNUSED = ("D.", "G.", "augment_pipe.", "d.", "g_optim", "d_optim")
"""Parts of training snapshots that nothing here reads: discriminators, raw generators, optimisers."""


def convert(path: Path, target: Path | None = None) -> Path:
    """Writes `<name>.safetensors` and `<name>.json` (what it was made of) beside a weight file.

    Where a `<name>.json` is already, such as the original itself (TensorFlow.js), the notes are in
    `<name>.safetensors.json`.

    The tensors keep the names under which `read_tensors` gives them, so the converted file stands in for the original.

    Args:
        target: Another place for the safetensors file.

    Returns:
        The safetensors file.

    Raises:
        WeightsError: The file cannot be read safely, was converted already, or needs no conversion.
    """
    target = target or path.with_suffix(".safetensors")
    if path.exists() and target.exists() and target.samefile(path):
        raise WeightsError(f"'{path}' is a safetensors file already; name it in the config as it is")
    if target.exists():
        raise WeightsError(f"'{target}' is there already; delete it to convert again")
    tensors, metadata = read_tensors(path)
    kept = {key: value for key, value in tensors.items() if not key.startswith(UNUSED)}
    if not kept:
        raise WeightsError(f"'{path}' holds no tensors")
    unique, aliases = _once(kept)
    origin = {"file": path.name, "sha256": file_digest(path)}
    notes = {**metadata, "origin": origin} | ({ALIASES: aliases} if aliases else {})
    with written_whole(target) as unfinished:
        texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in notes.items()}
        save_file(unique, unfinished, texts)
    summary = origin | {"tensors": len(kept), "numbers": sum(value.numel() for value in unique.values())}
    _notes_of(target).write_text(json.dumps({**summary, **metadata}, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return target


def _notes_of(target: Path) -> Path:
    """Where no other file is lost."""
    notes = target.with_suffix(".json")
    return target.with_name(target.name + ".json") if notes.exists() else notes


def _once(tensors: dict[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Each tensor under its first name, and the other names of those that occur several times."""
    first: dict[tuple[Any, ...], str] = {}
    unique, aliases = {}, {}
    for key, value in tensors.items():
        place = (value.data_ptr(), value.dtype, value.shape, value.stride())
        if value.numel() and place in first:
            aliases[key] = first[place]
        else:
            first[place] = key
            unique[key] = value.contiguous().clone()
    return unique, aliases
