"""Reads the tensors of a TorchScript archive without loading the program in it.

CLIP is published as one: a zip with source code, which torch.load runs, and beside it the weights as a pickle of plain
attributes. Only the latter are read, by the same inert interpreter as NVIDIA's snapshots.
"""

import io
import zipfile
from pathlib import Path
from typing import Any

import torch
from torch.storage import TypedStorage

from stitch_exp.weights.pickle_handlers import Refused
from stitch_exp.weights.safe_pickle import Interpreter, Name

STORAGES = {
    f"torch.{name}Storage": dtype
    for name, dtype in {
        "Float": torch.float32,
        "Half": torch.float16,
        "BFloat16": torch.bfloat16,
        "Double": torch.float64,
        "Long": torch.int64,
        "Int": torch.int32,
        "Short": torch.int16,
        "Char": torch.int8,
        "Byte": torch.uint8,
        "Bool": torch.bool,
    }.items()
}
LISTS = {f"torch.jit._pickle.build_{kind}list" for kind in ("int", "double", "bool", "tensor")}
SCRIPT = "__torch__."


def read_script_archive(path: Path) -> Any:
    """Attributes of the archived module as nested dicts.

    Raises:
        WeightsError: It names anything but tensors and script modules, or is damaged.
    """
    with zipfile.ZipFile(path) as archive:
        main = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
        interpreter = _ArchiveInterpreter(str(path), archive, main.removesuffix("data.pkl") + "data/")
        return interpreter.run(io.BytesIO(archive.read(main)))


class _ArchiveInterpreter(Interpreter):
    """Knows, besides, storages that are entries of the zip, and script modules, which become dicts."""

    def __init__(self, source: str, archive: zipfile.ZipFile, folder: str) -> None:
        super().__init__(source)
        self.archive, self.folder = archive, folder
        self.storages: dict[str, TypedStorage] = {}

    def _push_name(self, path: str) -> None:
        if path in STORAGES or path in LISTS or path.startswith(SCRIPT):
            self.stack.append(Name(path))
        else:
            super()._push_name(path)

    def _reduce(self, argument: Any) -> None:
        callee = self.stack[-2]
        if isinstance(callee, Name) and callee.path in LISTS:
            (items,) = self.stack.pop()
            self.stack[-1] = list(items)
        else:
            super()._reduce(argument)

    def _newobj(self, argument: Any) -> None:
        callee = self.stack[-2]
        if isinstance(callee, Name) and callee.path.startswith(SCRIPT):
            del self.stack[-2:]
            self.stack.append({})
        else:
            super()._newobj(argument)

    def _build(self, argument: Any) -> None:
        if type(self.stack[-2]) is dict and type(self.stack[-1]) is dict:
            state = self.stack.pop()
            self.stack[-1].update(state)
        else:
            super()._build(argument)

    def _binpersid(self, _: Any) -> None:
        kind, name, key, _place, count = self.stack.pop()
        if kind != "storage" or type(name) is not Name or name.path not in STORAGES or type(key) is not str:
            raise Refused(f"it refers to a {kind!r} outside the pickle")
        self.stack.append(self._storage(key, STORAGES[name.path], count))

    def _storage(self, key: str, dtype: torch.dtype, count: int) -> TypedStorage:
        if key not in self.storages:
            data = bytearray(self.archive.read(self.folder + key))
            if len(data) != count * dtype.itemsize:
                raise ValueError(f"storage {key} has {len(data)} bytes instead of {count * dtype.itemsize}")
            numbers = torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)
            self.storages[key] = TypedStorage(wrap_storage=numbers.untyped_storage(), dtype=dtype, _internal=True)
        return self.storages[key]
