"""What the safe pickle reader makes of the few names it knows: tensors, arrays and plain containers.

Every function takes data of the stream and gives data back; none calls anything the stream could choose.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from stitch_exp.weights.limits import Refused

NUMERIC = re.compile(r"[<>=|]?([biuf][1248]|b1|\?)")
SCALARS = (str, int, float, bool, bytes, type(None))


@dataclass(frozen=True, slots=True)
class Name:
    """A global named in the stream, by its dotted path. It is never looked up."""

    path: str

    def __str__(self) -> str:
        return self.path


@dataclass(frozen=True, slots=True)
class Storage:
    """The bytes that tensors are views of, and what they mean."""

    data: torch.UntypedStorage
    dtype: torch.dtype


class Options(dict):
    """Stands for an `argparse.Namespace` of a training script: its attributes, as a dict."""

    __slots__ = ()


class Module(dict):
    """State of a network object in a snapshot: `_parameters`, `_buffers`, `_modules`, `_init_kwargs`, ..."""

    __slots__ = ("class_name",)


class Lazy:
    """A numpy type or array whose contents follow later in the stream.

    Attributes:
        value: The finished `numpy.dtype` or `numpy.ndarray`.
    """

    __slots__ = ("value",)

    def __init__(self, value: Any = None) -> None:
        self.value = value


def as_key(value: Any) -> Any:
    """The value, if it is plain enough to be a dict's key (hashing a deep hostile tuple could crash the process)."""
    if type(value) not in SCALARS:
        raise ValueError(f"a {type(value).__name__} as a key")
    return value


def _ordered_dict(*items: Any) -> dict[Any, Any]:
    if not items:
        return {}
    if len(items) == 1 and type(items[0]) is list:
        return {as_key(key): value for key, value in items[0]}
    raise ValueError("an ordered dict is made of a list of pairs")


def _set(*items: Any) -> set[Any]:
    if len(items) <= 1 and all(type(item) in (list, tuple) for item in items):
        return {as_key(item) for group in items for item in group}
    raise ValueError("a set is made of one list")


def _network(meta: Any) -> Module:
    """A network of a snapshot; the source text it carries is dropped unread."""
    if type(meta) is not dict or type(meta.get("state")) is not dict:
        raise ValueError("a network without a state")
    module = Module(meta["state"])
    module.class_name = str(meta.get("class_name", ""))
    return module


def _storage(data: Any) -> Storage:
    """A tensor's numbers: an old torch file inside the pickle."""
    from stitch_exp.weights.torch_files import storage_from_bytes  # late, because that is built on this

    if type(data) is not bytes:
        raise ValueError("a storage is made of bytes")
    return storage_from_bytes(data)


def _tensor(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> Tensor:
    return _view(storage, storage.dtype if type(storage) is Storage else None, offset, size, stride)


def _tensor_of_type(storage: Any, offset: Any, size: Any, stride: Any, _grad: Any, _hooks: Any, dtype: Any) -> Tensor:
    return _view(storage, DTYPES.get(str(dtype)), offset, size, stride)


def _view(storage: Any, dtype: torch.dtype | None, offset: Any, size: Any, stride: Any) -> Tensor:
    """A view of a storage, after checking that it lies inside and names no element twice."""
    if type(storage) is not Storage or dtype is None:
        raise ValueError("a tensor needs a typed storage")
    numbers = (offset, *size, *stride)
    if len(size) != len(stride) or any(type(number) is not int or not 0 <= number < 1 << 62 for number in numbers):
        raise ValueError(f"a tensor of size {size} and stride {stride}")
    if not math.prod(size):
        return torch.empty(0, dtype=dtype).reshape(size)
    available = storage.data.nbytes() // dtype.itemsize
    last = offset + sum((length - 1) * step for length, step in zip(size, stride, strict=True))
    if last >= available:
        raise ValueError(f"a tensor reaches element {last} beyond its storage")
    if math.prod(size) > available:
        raise Refused(f"a tensor of size {list(size)} is larger than its storage of {available:,} numbers")
    return torch.empty(0, dtype=dtype).set_(storage.data, offset, size, stride)


def _parameter(tensor: Any, *_: Any) -> Tensor:
    if type(tensor) is not Tensor:
        raise ValueError("a parameter is made of a tensor")
    return tensor


def _dtype(code: Any, *_: Any) -> Lazy:
    if type(code) is not str or not NUMERIC.fullmatch(code):
        raise Refused(f"it holds a numpy array of {code!r}, not of numbers")
    return Lazy(np.dtype(code))


def _scalar(dtype: Any, data: Any) -> int | float | bool:
    return np.frombuffer(_latin(data), _numeric(dtype), count=1)[0].item()


def _array(*_: Any) -> Lazy:
    return Lazy(np.empty(0))


def _numeric(dtype: Any) -> np.dtype:
    if type(dtype) is not Lazy or not isinstance(dtype.value, np.dtype):
        raise ValueError("a numpy type was expected")
    return dtype.value


def _latin(data: Any) -> bytes:
    return data.encode("latin-1") if type(data) is str else data


def _encode(text: Any, encoding: Any) -> bytes:
    """Bytes as old protocols spell them."""
    if type(text) is not str or encoding != "latin1":
        raise ValueError("bytes are spelled as latin1 text")
    return text.encode("latin-1")


def _path_text(*parts: Any) -> str:
    return "/".join(str(part) for part in parts if type(part) is str)


def _size(items: Any) -> tuple[Any, ...]:
    return tuple(items) if type(items) in (tuple, list) else ()


def _device(*parts: Any) -> str:
    return ":".join(str(part) for part in parts if type(part) in (str, int))


def _empty(*_: Any) -> dict[Any, Any]:
    return {}


def _class(*_: Any) -> None:
    raise Refused("it makes an object of a class")


def _build_lazy(target: Lazy, state: Any) -> None:
    """Byte order of a numpy type, or shape and contents of an array."""
    if isinstance(target.value, np.dtype):
        target.value = target.value.newbyteorder(state[1] if state[1] in "<>" else "=")
        return
    _, shape, dtype, fortran, data = state
    flat = np.frombuffer(_latin(data), _numeric(dtype))
    target.value = flat.reshape(shape, order="F" if fortran else "C").copy()


def _build_ordered(target: dict[Any, Any], state: Any) -> None:
    """Attributes of an ordered dict (torch keeps `_metadata` there) are not weights."""


def _build_options(target: Options, state: Any) -> None:
    """Attributes of a namespace."""
    if type(state) is not dict:
        raise ValueError("the attributes of a namespace are a dict")
    target.update(state)


DTYPES = {
    f"torch.{name}": getattr(torch, name)
    for name in (
        *("float16", "bfloat16", "float32", "float64", "float8_e4m3fn", "float8_e5m2", "complex64", "complex128"),
        *("bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"),
    )
}
STORAGES = {
    f"torch.{place}{name}Storage": dtype
    for place in ("", "cuda.")
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
        "ComplexFloat": torch.complex64,
        "ComplexDouble": torch.complex128,
    }.items()
} | {"torch.storage.UntypedStorage": torch.uint8}
INERT = {"builtins.dict", "builtins.list", "builtins.int", "builtins.float"} | DTYPES.keys()
"""Names that may stand in a file, but that nothing is made of."""

PATHS = (
    *(
        f"pathlib.{place}{name}"
        for place in ("", "_local.")  # of Python 3.13
        for name in ("Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath")
    ),
)
CALLS: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(PATHS, _path_text),
    "argparse.Namespace": Options,
    "collections.OrderedDict": _ordered_dict,
    "collections.defaultdict": _empty,
    "builtins.set": _set,
    "__builtin__.set": _set,
    "_codecs.encode": _encode,
    "dnnlib.util.EasyDict": dict,
    "torch_utils.persistence._reconstruct_persistent_obj": _network,
    "torch.Size": _size,
    "torch.device": _device,
    "torch.nn.parameter.Parameter": _parameter,
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor_v3": _tensor_of_type,
    "torch._utils._rebuild_parameter": _parameter,
    "torch._utils._rebuild_parameter_with_state": _parameter,
    "torch.storage._load_from_bytes": _storage,
    "numpy.core.multiarray.scalar": _scalar,
    "numpy._core.multiarray.scalar": _scalar,
    "numpy.core.multiarray._reconstruct": _array,
    "numpy._core.multiarray._reconstruct": _array,
    "numpy.dtype": _dtype,
    "numpy.ndarray": _class,
}

BUILDERS: dict[type, Callable[[Any, Any], None]] = {
    Lazy: _build_lazy,
    dict: _build_ordered,
    Options: _build_options,
}
