"""A GPU that is only pretended: tensors with shapes and a device, and no numbers in them."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode

CUDA = torch.device("cuda", 0)
OLDEST = (2, 14)
"""The first torch with which this was tried and works: 2.9 asks the driver for a real GPU."""


def _numpy(tensor: Tensor, *_: object, **__: object) -> np.ndarray:
    if tensor.device.type != "cpu":
        raise TypeError(f"can't convert {tensor.device} tensor to numpy; use .cpu() first")
    return np.zeros(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.").replace("bfloat16", "float32"))


def _moved(module: nn.Module, *to: object, **named: object) -> nn.Module:
    """`nn.Module.to` without the exchange of contents that pretended tensors refuse."""
    device, dtype, *_ = torch._C._nn._parse_to(*to, **named)
    for part in module.modules():
        for name, value in part._parameters.items():
            if value is not None:
                part._parameters[name] = nn.Parameter(value.to(device, dtype), requires_grad=value.requires_grad)
        for name, value in part._buffers.items():
            part._buffers[name] = None if value is None else value.to(device)
    return module


@contextmanager
def pretended(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Inside, every new tensor is a pretended one, on whatever device; mixtures of devices raise, as on a real GPU.

    What would be read out of a tensor is zeros and yes.
    """
    if tuple(map(int, torch.__version__.split(".")[:2])) < OLDEST:
        pytest.skip(f"torch {torch.__version__} does not pretend without a driver")
    with patch.context() as inner:
        inner.setattr(FakeTensor, "numpy", _numpy, raising=False)
        inner.setattr(FakeTensor, "__array__", _numpy, raising=False)
        inner.setattr(FakeTensor, "__bool__", lambda self: True, raising=False)
        inner.setattr(FakeTensor, "__float__", lambda self: 0.0, raising=False)
        inner.setattr(FakeTensor, "__int__", lambda self: 0, raising=False)
        inner.setattr(FakeTensor, "item", lambda self: 0, raising=False)
        inner.setattr(nn.Module, "to", _moved)
        with FakeTensorMode(allow_non_fake_inputs=True), torch.no_grad():
            yield
