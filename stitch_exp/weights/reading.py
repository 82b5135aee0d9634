"""Reads weight files: the only door through which tensors of others come in.

Nothing here runs code from a file. Safetensors and numpy files hold numbers only; PyTorch files go through
`torch.load(weights_only=True)`; NVIDIA snapshots through the allow-listed reader of `safe_pickle`.
"""

import json
import pickle
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from stitch_exp.errors import WeightsError
from stitch_exp.weights import formats
from stitch_exp.weights.pickle_handlers import Refused
from stitch_exp.weights.registry import present
from stitch_exp.weights.safe_pickle import read_pickle
from stitch_exp.weights.script_archive import read_script_archive
from stitch_exp.weights.trees import Options, split

ALIASES = "aliases"
"""Metadata key of a converted file: further names of tensors that the original holds several times."""


def read_tensors(path: Path | str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """All tensors of a weight file, and the plain values beside them.

    Names are dotted paths: `state_dict.encoder.body.0...` in an e4e checkpoint, `G_ema.synthesis.b4.const` in an
    NVIDIA snapshot, the file's stem for a `.npy` array. Tensors are on the CPU and may be views of the file on disk.

    Args:
        path: A .safetensors, .npy, .npz, PyTorch .pt/.pth (zip, older or TorchScript) or NVIDIA .pkl file. The
            contents decide.

    Returns:
        Tensors by name, and the rest (`opts`, `config`, `G_ema.init_kwargs`) as nested plain values.

    Raises:
        WeightsError: The file is missing, damaged, a web page, or names anything that is not data.
    """
    path = present(Path(path))
    kind = formats.detect(path)
    if kind == "dlib":
        raise WeightsError(f"'{path}' is a dlib model; only dlib reads it (aligner=dlib)")
    try:
        return READERS[kind](path)
    except Refused as refusal:
        raise WeightsError(f"'{path}' is refused: {refusal}") from None
    except (SafetensorError, EOFError, OSError, ValueError, KeyError, AttributeError) as error:
        raise formats.cut_short(path) from error


def _read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    with safe_open(path, framework="pt", device="cpu") as file:
        metadata = {key: _decoded(value) for key, value in (file.metadata() or {}).items()}
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    return tensors | {key: tensors[first] for key, first in metadata.pop(ALIASES, {}).items()}, metadata


def _decoded(text: str) -> Any:
    return json.loads(text) if text.startswith(("{", "[")) else text


def _read_npy(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    array = np.load(path, allow_pickle=False)
    return {path.stem: torch.from_numpy(np.ascontiguousarray(array))}, {}


def _read_npz(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    with np.load(path, allow_pickle=False) as file:
        numeric = {key: file[key] for key in file.files if file[key].dtype.kind in "biuf"}
    return {key: torch.from_numpy(np.ascontiguousarray(value)) for key, value in numeric.items()}, {}


def _read_pickle(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    return split(read_pickle(path))


def _read_torch(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    return split(load_torch(path))


def _read_script(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    return split(read_script_archive(path))


def load_torch(path: Path) -> Any:
    """A PyTorch file through torch's restricted reader; paths and option objects in it become plain values.

    Raises:
        WeightsError: It names anything that is not data.
    """
    is_zip = formats.detect(path) == "torch-zip"
    try:
        with torch.serialization.safe_globals(_stand_ins()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True, mmap=is_zip)
    except pickle.UnpicklingError as error:
        raise _unsafe(path, error) from None
    except Exception as error:  # torch reports damage by many types
        raise formats.cut_short(path) from error


def _unsafe(path: Path, error: Exception) -> WeightsError:
    named = re.search(r"GLOBAL (\S+)", str(error))
    what = f"it names {named.group(1)}" if named else str(error).strip().splitlines()[0]
    return WeightsError(
        f"'{path}' is refused: {what}, which is neither a tensor nor a plain container. Only files of tensors are "
        "read; get a state dict from its authors, and never load this one with plain torch.load"
    )


def _path_text(*parts: str) -> str:
    return "/".join(str(part) for part in parts)


def _stand_ins() -> list[Any]:
    # Harmless names that training scripts leave in checkpoints; each is replaced, none is used itself.
    paths = (f"pathlib.{name}" for name in ("Path", "PosixPath", "WindowsPath", "PurePosixPath"))
    moved = (f"pathlib._local.{name}" for name in ("Path", "PosixPath", "WindowsPath"))
    stands: list[tuple[Callable[..., Any], str]] = [(_path_text, name) for name in (*paths, *moved)]
    return [*stands, (Options, "argparse.Namespace")]


READERS: dict[str, Callable[[Path], tuple[dict[str, Tensor], dict[str, Any]]]] = {
    "safetensors": _read_safetensors,
    "npy": _read_npy,
    "npz": _read_npz,
    "torch-zip": _read_torch,
    "torch-legacy": _read_torch,
    "torch-script": _read_script,
    "pickle": _read_pickle,
}
