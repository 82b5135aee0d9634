"""Puts tensors into networks, and says what does not fit."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from stitch_exp.errors import ConfigError, StitchError, WeightsError
from stitch_exp.weights.contents import describe

MAX_SETTING, MAX_COUNT = 1 << 20, 512
"""Bounds of what a file may say of its network: any number, and numbers of layers and the like."""
Network = TypeVar("Network", bound=nn.Module)


def fill(kind: type[Network], arguments: Mapping[str, Any], state: Mapping[str, Tensor], path: Path | str) -> Network:
    """A network of class `kind` holding the tensors of `state`, in evaluation mode.

    Args:
        kind: The class; every tensor of its state dict must be in `state`, and nothing else.
        arguments: Its constructor arguments.
        path: The file they come from, for messages.

    Raises:
        WeightsError: Tensors are missing, left over, of another shape or kind of number, or not finite.
    """
    _check_arguments(arguments, path)
    try:
        with torch.device("meta"):
            network = kind(**arguments)
        expected = network.state_dict()
        check_keys(
            {key: value.shape for key, value in expected.items()}, state, f"'{path}' does not fit {kind.__name__}"
        )
        network = network if _holds_nothing_else(network) else kind(**arguments)
    except WeightsError:
        raise
    except (TypeError, ValueError, ArithmeticError, LookupError, RuntimeError, AssertionError, ConfigError) as error:
        raise WeightsError(
            f"'{path}': {kind.__name__} cannot be made with {str(dict(arguments))[:200]}: {str(error)[:200]}"
        ) from error
    numbers = {key: _number(key, value, expected[key], path) for key, value in state.items()}
    network.load_state_dict(numbers, assign=True)
    return network.eval()


def finite(name: str, value: Tensor, path: Path | str) -> Tensor:
    """The tensor in single precision.

    Raises:
        WeightsError: It holds complex numbers, NaN or infinity.
    """
    if value.is_complex():
        raise WeightsError(f"'{path}': {name} holds complex numbers, which no network here has; take another file")
    single = value.to(torch.float32)
    if not bool(single.isfinite().all()):
        raise WeightsError(
            f"'{path}': {name} holds {int((~single.isfinite()).sum())} of {single.numel()} numbers that are NaN or "
            "infinite, so the network would make nothing; take another copy of the file"
        )
    return single


def _number(name: str, value: Tensor, expected: Tensor, path: Path | str) -> Tensor:
    if expected.is_floating_point() and (value.is_floating_point() or value.is_complex()):
        return finite(name, value, path)
    if expected.is_floating_point() or value.is_floating_point() or value.is_complex():
        kind = str(expected.dtype).removeprefix("torch.")
        raise WeightsError(f"'{path}': {name} holds {str(value.dtype).removeprefix('torch.')}, {kind} is needed")
    return value


def own_config(metadata: Mapping[str, Any], path: Path | str) -> dict[str, Any] | None:
    """The constructor arguments that a file of ours names; None for a file of others.

    Raises:
        WeightsError: Its metadata say something else there.
    """
    config = metadata.get("config") or None
    if config is not None and not isinstance(config, dict):
        raise WeightsError(f"'{path}': its config is {str(config)[:60]!r}, not the settings of a network")
    return config


def _check_arguments(arguments: Mapping[str, Any], path: Path | str) -> None:
    """What a file says of its own network is believed within bounds; a number too large would never come to an end."""
    for key, value in arguments.items():
        items = value if isinstance(value, list | tuple) else [value]
        bound = MAX_COUNT if str(key).startswith("num_") else MAX_SETTING
        numbers = [item for item in items if isinstance(item, int | float)]
        if len(items) > MAX_COUNT or any(not abs(number) <= bound for number in numbers):
            raise WeightsError(f"'{path}': its config says {key}={str(value)[:60]}, which no network here has")


@contextlib.contextmanager
def reading_as(what: str, path: Path | str) -> Iterator[None]:
    """Turns whatever goes wrong while tensors are sorted into a network into a message about the file.

    Raises:
        WeightsError: The file looks like `what`, but its tensors contradict each other.
    """
    try:
        yield
    except StitchError:
        raise
    except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RuntimeError, MemoryError) as error:
        raise WeightsError(
            f"'{path}' looks like {what}, but tensors are missing or of another shape "
            f"({type(error).__name__}: {str(error)[:120]}); take the complete file"
        ) from error


def other_network(path: Path | str, wanted: str, tensors: Mapping[str, Tensor]) -> WeightsError:
    """The error for a file that holds something else than `wanted` ("StyleGAN generator"); says what."""
    return WeightsError(f"'{path}' holds no {wanted}; it holds {describe(tensors)}")


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
