"""Weights with their constructor arguments in one safetensors file, so that a loader can rebuild the network."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from stitch_exp.errors import WeightsError
from stitch_exp.host.whole import written_whole
from stitch_exp.weights import reading

HALF_MAX = torch.finfo(torch.float16).max


def save_network(
    path: Path,
    state: dict[str, Tensor],
    *,
    network: str,
    arguments: dict,
    licence: str,
    half: bool = True,
    **extra: str,
) -> None:
    """Writes a state dict atomically.

    Args:
        network: Class name.
        arguments: Keyword arguments of its constructor, JSON-able.
        licence: Licence of the weights.
        half: Store floats in half precision; a tensor beyond its range (a batch-norm variance) keeps its own.
        extra: More metadata.

    Raises:
        WeightsError: A value is not finite; such weights would only fail later, and far away.
    """
    broken = [key for key, value in state.items() if value.is_floating_point() and not value.isfinite().all()]
    if broken:
        raise WeightsError(
            f"{network} is not written to {path}: {len(broken)} tensors are not finite, first {broken[0]}"
        )
    tensors = {key: _stored(value, half) for key, value in state.items()}
    metadata = {"network": network, "config": json.dumps(arguments), "licence": licence, **extra}
    with written_whole(path) as unfinished:
        save_file(tensors, unfinished, metadata=metadata)


def _stored(value: Tensor, half: bool) -> Tensor:
    value = value.detach().cpu()
    fits = half and value.is_floating_point() and bool((value.abs() <= HALF_MAX).all())
    return (value.half() if fits else value).contiguous().clone()


def read_tensors(path: str | Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors (float32) and metadata of a safetensors file of a stage.

    Raises:
        WeightsError: The file is missing or damaged.
    """
    if not Path(path).is_file():
        raise WeightsError(f"weights {path} do not exist; run the training stage that makes them first")
    tensors, metadata = reading.read_tensors(path)
    return {key: value.float() if value.is_floating_point() else value for key, value in tensors.items()}, metadata


@torch.no_grad()
def load_matching(network: nn.Module, tensors: dict[str, Tensor]) -> list[str]:
    """Copies tensors whose key and shape fit; returns the keys of the network that keep their start value.

    Growing a generator by a block is exactly this.
    """
    state = network.state_dict()
    fresh = [key for key, value in state.items() if key not in tensors or tensors[key].shape != value.shape]
    for key in state.keys() - set(fresh):
        state[key].copy_(tensors[key])
    return sorted(fresh)


def load_strict(network: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Loads all tensors, and says which do not fit."""
    fresh = load_matching(network, tensors)
    extra = sorted(tensors.keys() - network.state_dict().keys())
    if fresh or extra:
        raise WeightsError(
            f"weights do not fit {type(network).__name__}: {len(fresh)} missing or of another shape "
            f"(first {fresh[:1]}), {len(extra)} unknown (first {extra[:1]}); check model=<name>"
        )
