"""How much a piece of PyTorch computes and moves, counted operation by operation, whatever the machine.

Multiply-adds are those of convolutions and of products of matrices, exactly, groups included; what works on single
elements counts as traffic alone. Bytes are what each operation must read and write if nothing stays in a cache between
two operations: every tensor it is given once, weights included, and its result once. Views move nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

aten = torch.ops.aten
UNTOUCHED = ("empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided", "sym_size", "is_pinned")
"""Operations that make room and move nothing."""


class Work(TorchDispatchMode):
    """Counts while it is entered.

    Attributes:
        multiply_adds: So far.
        moved: Bytes so far.
    """

    def __init__(self) -> None:
        super().__init__()
        self.multiply_adds = 0
        self.moved = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if func._schema.name.partition("::")[2] in UNTOUCHED or _is_view(func):
            return result
        self.multiply_adds += multiply_adds(func.overloadpacket, args, result)
        self.moved += moved((args, kwargs or {}), result)
        return result


def multiply_adds(operation: Any, args: Any, result: Any) -> int:
    """Of one operation; 0 for what neither convolves nor multiplies matrices."""
    if operation is aten.convolution:
        image, kernel, transposed = args[0], args[1], args[6]
        return _convolution(image if transposed else result, kernel)
    if operation is aten.convolution_backward:
        gradient, image, kernel, transposed, wanted = args[0], args[1], args[2], args[7], args[10]
        # The gradients of image and kernel have one product for each of the forward pass.
        return _convolution(image if transposed else gradient, kernel) * (int(wanted[0]) + int(wanted[1]))
    if operation in (aten.mm, aten.bmm):
        return result.numel() * args[0].shape[-1]
    if operation in (aten.addmm, aten.baddbmm):
        return result.numel() * args[1].shape[-1]
    return 0


def moved(given: Any, result: Any) -> int:
    """Bytes of the distinct tensors given, and of the results."""
    return sum(_bytes(tensor) for tensor in _distinct(tree_leaves(given))) + sum(
        _bytes(tensor) for tensor in _distinct(tree_leaves(result))
    )


def _convolution(samples: Tensor, kernel: Tensor) -> int:
    """Each element of `samples` meets one filter, of as many elements as all but the first side of the kernel."""
    return samples.numel() * kernel[0].numel()


def _distinct(leaves: Iterable[Any]) -> list[Tensor]:
    tensors = {(t.data_ptr(), tuple(t.shape), t.stride()): t for t in leaves if isinstance(t, Tensor)}
    return list(tensors.values())


def _bytes(tensor: Tensor) -> int:
    """A tensor that repeats its elements is no larger than its memory."""
    return min(tensor.numel() * tensor.element_size(), tensor.untyped_storage().nbytes())


def _is_view(func: Any) -> bool:
    returns = func._schema.returns
    return bool(returns) and all(one.alias_info is not None and not one.alias_info.is_write for one in returns)
