"""What the safe pickle reader makes of the few names it knows: tensors, arrays and plain containers.

Every function takes data of the stream and gives data back; none calls anything the stream could choose.
"""

import io
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.storage import TypedStorage

NUMERIC = re.compile(r"[<>=|]?([biuf][1248]|b1|f16|\?)")
SCALARS = (str, int, float, bool, bytes, type(None))


class Refused(Exception):
    """The stream asks for something that plain weights do not need."""


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


def _storage(data: Any) -> TypedStorage:
    """A tensor's numbers: a torch file inside the pickle, read with torch's own allow-list."""
    if type(data) is not bytes:
        raise ValueError("a storage is made of bytes")
    try:
        storage = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # torch reports an unsafe or damaged stream by many types
        raise Refused(f"a tensor inside it is not plain data ({_first_line(error)})") from None
    if not isinstance(storage, TypedStorage):
        raise Refused(f"a tensor inside it is made of a {type(storage).__name__}, not of numbers")
    return storage


def _first_line(error: Exception) -> str:
    named = re.search(r"GLOBAL (\S+)", str(error))
    return f"it names {named.group(1)}" if named else (str(error).strip().splitlines() or [type(error).__name__])[0]


def _tensor(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> Tensor:
    """A view of a storage, after checking that it lies inside."""
    if not isinstance(storage, TypedStorage):
        raise ValueError("a tensor needs a typed storage")
    numbers = (offset, *size, *stride)
    if len(size) != len(stride) or any(type(number) is not int or number < 0 for number in numbers):
        raise ValueError(f"a tensor of size {size} and stride {stride}")
    last = offset + sum((length - 1) * step for length, step in zip(size, stride, strict=True))
    if math.prod(size) and last >= storage._untyped_storage.nbytes() // storage.dtype.itemsize:
        raise ValueError(f"a tensor reaches element {last} beyond its storage")
    tensor = torch.empty(0, dtype=storage.dtype)
    return tensor.set_(storage._untyped_storage, offset, size, stride) if math.prod(size) else tensor.reshape(size)


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


CALLS: dict[str, Callable[..., Any]] = {
    "collections.OrderedDict": _ordered_dict,
    "builtins.set": _set,
    "__builtin__.set": _set,
    "_codecs.encode": _encode,
    "dnnlib.util.EasyDict": dict,
    "torch_utils.persistence._reconstruct_persistent_obj": _network,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_parameter": _parameter,
    "torch.storage._load_from_bytes": _storage,
    "numpy.core.multiarray.scalar": _scalar,
    "numpy._core.multiarray.scalar": _scalar,
    "numpy.core.multiarray._reconstruct": _array,
    "numpy._core.multiarray._reconstruct": _array,
    "numpy.dtype": _dtype,
    "numpy.ndarray": _class,
}

BUILDERS: dict[type, Callable[[Any, Any], None]] = {Lazy: _build_lazy, dict: _build_ordered}
