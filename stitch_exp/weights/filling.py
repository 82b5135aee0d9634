"""Puts tensors into networks, and says what does not fit."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from stitch_exp.errors import ConfigError, WeightsError

Network = TypeVar("Network", bound=nn.Module)


def fill(kind: type[Network], arguments: Mapping[str, Any], state: Mapping[str, Tensor], path: Path | str) -> Network:
    """A network of class `kind` holding the tensors of `state`, in evaluation mode.

    Args:
        kind: The class; every tensor of its state dict must be in `state`, and nothing else.
        arguments: Its constructor arguments.
        path: The file they come from, for messages.

    Raises:
        WeightsError: Tensors are missing, left over, or of another shape.
    """
    try:
        with torch.device("meta"):
            network = kind(**arguments)
        expected = {key: value.shape for key, value in network.state_dict().items()}
        check_keys(expected, state, f"'{path}' does not fit {kind.__name__}")
        network = network if _holds_nothing_else(network) else kind(**arguments)
    except (TypeError, ConfigError) as error:
        raise WeightsError(f"'{path}': {kind.__name__} cannot be made with {dict(arguments)}: {error}") from error
    floats = {key: value.to(torch.float32) if value.is_floating_point() else value for key, value in state.items()}
    network.load_state_dict(floats, assign=True)
    return network.eval()


def _holds_nothing_else(network: nn.Module) -> bool:
    """Whether a state dict fills the network completely, so that it need not be initialised first."""
    stored = set(network.state_dict())
    buffers = all(name in stored for name, _ in network.named_buffers())
    return buffers and not any(isinstance(value, Tensor) for part in network.modules() for value in vars(part).values())


def check_keys(expected: Mapping[str, torch.Size], state: Mapping[str, Tensor], what: str) -> None:
    """Compares names and shapes, and says the first few differences.

    Raises:
        WeightsError: They differ.
    """
    missing = sorted(expected.keys() - state.keys())
    extra = sorted(state.keys() - expected.keys())
    odd = [
        f"{key} {tuple(state[key].shape)} for {tuple(shape)}"
        for key, shape in expected.items()
        if key in state and state[key].shape != shape
    ]
    parts = [(missing, "missing"), (extra, "unknown"), (odd, "of another shape")]
    if found := [f"{len(keys)} {word} ({', '.join(keys[:3])})" for keys, word in parts if keys]:
        raise WeightsError(f"{what}: {'; '.join(found)}; take the file of the network the config names")


def summary(tensors: Mapping[str, Tensor]) -> str:
    """How many tensors there are and how their names begin."""
    names = sorted({key.split(".")[0] for key in tensors})
    return f"{len(tensors)} tensors ({', '.join(names[:6])}{', ...' if len(names) > 6 else ''})"
