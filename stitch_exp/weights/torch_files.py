"""Reads the tensors of PyTorch's files, new (zip), old (one stream) and TorchScript, without torch's own unpickler.

A torch file is a pickle of containers and tensors whose numbers lie beside it. The pickle is read as data by the inert
interpreter of `safe_pickle`; the program that a TorchScript archive carries stays unread. Numbers of an uncompressed
zip are mapped, not copied.

Reference: layout as `torch.serialization` writes it.
"""

import io
import struct
import zipfile
from io import BufferedIOBase
from pathlib import Path
from typing import Any

import torch

from stitch_exp.weights.limits import Budget, Refused
from stitch_exp.weights.pickle_handlers import STORAGES, Name, Storage
from stitch_exp.weights.safe_pickle import Interpreter

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
LISTS = {f"torch.jit._pickle.build_{kind}list" for kind in ("int", "double", "bool", "tensor")}
SCRIPT = "__torch__."
ALIGNMENT = 16
LOCAL_HEADER = 30


def read_zip(path: Path) -> Any:
    """The tree of containers and tensors in a zip file of torch.save.

    Raises:
        Refused: It names anything that is not data.
        Exception: It is damaged.
    """
    return _read_archive(path, _TorchInterpreter)


def read_script_archive(path: Path) -> Any:
    """Attributes of the module in a TorchScript archive as nested dicts.

    Raises:
        Refused: It names anything but tensors and script modules.
        Exception: It is damaged.
    """
    return _read_archive(path, _ScriptInterpreter)


def read_legacy(path: Path) -> Any:
    """The tree of containers and tensors in a file of torch.save before PyTorch 1.6.

    Raises:
        Refused: It names anything that is not data.
        Exception: It is damaged.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        return _legacy(stream, size)


def storage_from_bytes(data: bytes) -> Storage:
    """The storage that an old torch file in memory holds; NVIDIA's snapshots keep each tensor's numbers so.

    Raises:
        Refused: It holds anything else.
    """
    storage = _legacy(io.BytesIO(data), len(data))
    if not isinstance(storage, Storage):
        raise Refused(f"a tensor inside it is made of a {type(storage).__name__}, not of numbers")
    return storage


def _read_archive(path: Path, kind: type["_TorchInterpreter"]) -> Any:
    budget = Budget(path.stat().st_size)
    with zipfile.ZipFile(path) as archive:
        main = next(name for name in archive.namelist() if name.endswith("data.pkl"))
        folder = main.removesuffix("data.pkl")
        if folder + "byteorder" in archive.namelist() and archive.read(folder + "byteorder").strip() == b"big":
            raise Refused("it was written on a big-endian machine; save it again on another")
        budget.spend(archive.getinfo(main).file_size)
        pickled = archive.read(main)
        records = _Records(path, archive, folder + "data/", budget)
        return kind(budget, records.storage).interpret(io.BytesIO(pickled), len(pickled))


class _Records:
    """The storages of an archive, each made once.

    Args:
        folder: Where they lie inside.
    """

    def __init__(self, path: Path, archive: zipfile.ZipFile, folder: str, budget: Budget) -> None:
        self.archive, self.folder, self.budget = archive, folder, budget
        self.path, self.mapped = path, None
        self.made: dict[str, Storage] = {}

    def storage(self, key: str, dtype: torch.dtype, count: int) -> Storage:
        if key not in self.made:
            info = self.archive.getinfo(self.folder + key)
            if info.file_size != count * dtype.itemsize:
                raise ValueError(f"storage {key} has {info.file_size} bytes instead of {count * dtype.itemsize}")
            self.budget.spend(info.file_size)
            self.made[key] = Storage(self._data(info), dtype)
        return self.made[key]

    def _data(self, info: zipfile.ZipInfo) -> torch.UntypedStorage:
        start = self._start(info)
        if info.compress_type != zipfile.ZIP_STORED or start % ALIGNMENT or not info.file_size:
            return _copied(self.archive.read(info))
        if self.mapped is None:
            self.mapped = torch.UntypedStorage.from_file(str(self.path), False, self.budget.file_bytes)
        if start + info.file_size > self.budget.file_bytes:
            raise ValueError(f"{info.filename} reaches beyond the end of the file")
        part = self.mapped[start : start + info.file_size]
        assert isinstance(part, torch.UntypedStorage)
        return part

    def _start(self, info: zipfile.ZipInfo) -> int:
        """Where the bytes of an entry begin, past the header that stands before them."""
        with self.path.open("rb") as file:
            file.seek(info.header_offset)
            name, extra = struct.unpack("<26xHH", file.read(LOCAL_HEADER))
        return info.header_offset + LOCAL_HEADER + name + extra


def _copied(data: bytes) -> torch.UntypedStorage:
    return torch.frombuffer(bytearray(data), dtype=torch.uint8).untyped_storage() if data else torch.UntypedStorage(0)


def _legacy(stream: BufferedIOBase, size: int) -> Any:
    """One old torch file: four pickles, then the numbers of every storage in the order of a fifth."""
    budget = Budget(size)
    magic, protocol, system = (Interpreter("", budget).interpret(stream, size) for _ in range(3))
    if magic != MAGIC or protocol != PROTOCOL or not isinstance(system, dict):
        raise Refused("it is no file of torch.save")
    if system.get("little_endian") is False:
        raise Refused("it was written on a big-endian machine; save it again on another")
    made: dict[str, Storage] = {}

    def reserve(key: str, dtype: torch.dtype, count: int) -> Storage:
        if key not in made:
            if not 0 <= count * dtype.itemsize <= size:
                raise ValueError(f"storage {key} announces {count:,} numbers")
            budget.spend(count * dtype.itemsize)
            made[key] = Storage(torch.UntypedStorage(count * dtype.itemsize), dtype)
        return made[key]

    tree = _TorchInterpreter(budget, reserve).interpret(stream, size)
    for key in Interpreter("", budget).interpret(stream, size):
        _receive(stream, made[key])
    return tree


def _receive(stream: BufferedIOBase, storage: Storage) -> None:
    (count,) = struct.unpack("<q", stream.read(8))
    num_bytes = storage.data.nbytes()
    if count * storage.dtype.itemsize != num_bytes:
        raise ValueError(f"a storage of {num_bytes} bytes holds {count} numbers")
    target = torch.empty(0, dtype=torch.uint8).set_(storage.data)
    if stream.readinto(memoryview(target.numpy())) != num_bytes:  # type: ignore[attr-defined]
        raise EOFError("it ends inside a tensor")


class _TorchInterpreter(Interpreter):
    """Knows, besides, storages that lie outside the pickle.

    Args:
        storage: Gives the storage of a key, element type and count.
    """

    def __init__(self, budget: Budget, storage: Any) -> None:
        super().__init__("", budget)
        self.storage = storage

    def _push_name(self, path: str) -> None:
        if path in STORAGES:
            self.stack.append(Name(path))
        else:
            super()._push_name(path)

    def _binpersid(self, _: Any) -> None:
        kind, name, key, _place, count, *_view = self.stack.pop()
        if kind != "storage" or type(name) is not Name or type(key) is not str or type(count) is not int:
            raise Refused(f"it refers to a {str(kind)[:40]!r} outside the pickle")
        if any(view is not None for view in _view):
            raise Refused("it holds views of storages, as files before PyTorch 0.4 did; save it again with a later one")
        self.stack.append(self.storage(key, STORAGES[name.path], count))


class _ScriptInterpreter(_TorchInterpreter):
    """Knows, besides, script modules, which become dicts."""

    def _push_name(self, path: str) -> None:
        if path in LISTS or path.startswith(SCRIPT):
            self.stack.append(Name(path))
        else:
            super()._push_name(path)

    def _reduce(self, argument: Any) -> None:
        callee = self.stack[-2]
        if isinstance(callee, Name) and callee.path in LISTS:
            (items,) = self.stack.pop()
            self._charge(items)
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
            self._charge(state)
            self.stack[-1].update(state)
        else:
            super()._build(argument)
