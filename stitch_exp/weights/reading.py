"""Reads weight files: the only door through which tensors of others come in.

Nothing here runs code from a file. Safetensors and numpy files hold numbers only; PyTorch files and NVIDIA snapshots go
through the allow-listed reader of `safe_pickle`. What a file becomes in memory is bounded by its size (`limits`).
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from safetensors import safe_open
from torch import Tensor

from stitch_exp.errors import WeightsError
from stitch_exp.weights import formats
from stitch_exp.weights.limits import Budget, Refused
from stitch_exp.weights.numpy_files import read_npy, read_npz
from stitch_exp.weights.registry import present
from stitch_exp.weights.safe_pickle import read_pickle
from stitch_exp.weights.tfjs_files import read_tfjs
from stitch_exp.weights.torch_files import read_legacy, read_script_archive, read_zip
from stitch_exp.weights.trees import split

ALIASES = "aliases"
"""Metadata key of a converted file: further names of tensors that the original holds several times."""
Contents = tuple[dict[str, Tensor], dict[str, Any]]


def read_tensors(path: Path | str) -> Contents:
    """All tensors of a weight file, and the plain values beside them.

    Names are dotted paths: `state_dict.encoder.body.0...` in an e4e checkpoint, `G_ema.synthesis.b4.const` in an
    NVIDIA snapshot, the file's stem for a `.npy` array. Tensors are on the CPU and may be views of the file on disk.

    Args:
        path: A .safetensors, .npy, .npz, PyTorch .pt/.pth (zip, older or TorchScript), NVIDIA .pkl or
            TensorFlow.js .json file. The contents decide.

    Returns:
        Tensors by name, and the rest (`opts`, `config`, `G_ema.init_kwargs`) as nested plain values.

    Raises:
        WeightsError: The file is missing, damaged, no weight file, names anything that is not data, or would fill the
            memory.
    """
    path = present(Path(path))
    try:
        contents = READERS[formats.detect(path)](path)
        budget = Budget(path.stat().st_size)
        for tensor in contents[0].values():
            budget.spend(tensor.numel() * tensor.element_size())
        return contents
    except WeightsError:
        raise
    except Refused as refusal:
        raise WeightsError(f"'{path}' is refused: {refusal}") from None
    except PermissionError as error:
        raise WeightsError(f"'{path}' cannot be read ({error.strerror}); change its permissions") from error
    except Exception as error:  # readers of damaged files raise whatever their formats' libraries do
        raise formats.cut_short(path, error) from error


def _read_safetensors(path: Path) -> Contents:
    with safe_open(path, framework="pt", device="cpu") as file:
        metadata = {key: _decoded(key, value) for key, value in (file.metadata() or {}).items()}
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    aliases = metadata.pop(ALIASES, {})
    return tensors | {key: tensors[first] for key, first in aliases.items()}, metadata


def _decoded(key: str, text: str) -> Any:
    """JSON where the text is JSON: every key of a file may hold either."""
    if not text.startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except RecursionError:
        raise Refused(f"its metadata '{key}' are nested deeper than any of weights") from None
    except ValueError:
        return text


READERS: dict[str, Callable[[Path], Contents]] = {
    "safetensors": _read_safetensors,
    "npy": lambda path: (read_npy(path), {}),
    "npz": lambda path: (read_npz(path), {}),
    "torch-zip": lambda path: split(read_zip(path)),
    "torch-legacy": lambda path: split(read_legacy(path)),
    "torch-script": lambda path: split(read_script_archive(path)),
    "tfjs": read_tfjs,
    "pickle": lambda path: split(read_pickle(path)),
}
