"""Copies of a generator that may be tuned, and rendering with them."""

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from torch.func import functional_call

from stitch_exp.errors import DivergenceError
from stitch_exp.networks.roles import Generator
from stitch_exp.ops.ranges import to_pixels


def tunable_copy(generator: Generator, device: torch.device, state: Mapping[str, Tensor] | None = None) -> Generator:
    """A generator whose synthesis network can be changed without touching the original.

    Only `synthesis` is copied; the mapping network is shared, since tuning never gives it a gradient.

    Args:
        state: Weights of the copy (of the whole generator, as in `TunedGenerator.state`); None for the original's.
    """
    clone = copy.deepcopy(generator, {id(generator.mapping): generator.mapping})
    if state is not None:
        prefix = "synthesis."
        clone.synthesis.load_state_dict({k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)})
    clone.synthesis.to(device).requires_grad_(True)
    return clone


def detached_state(network: Generator | nn.Module) -> dict[str, Tensor]:
    """The network's weights on the CPU, without history."""
    return {key: value.detach().cpu() for key, value in network.state_dict().items()}


def render_with(
    generator: Generator, tensors: Mapping[str, Tensor], codes: Float[Tensor, "B L D"], **options: Any
) -> Float[Tensor, "B 3 S S"]:
    """Images of a generator some of whose weights or buffers are others, without copying it.

    Args:
        tensors: What takes the place of which entry of its state.
        options: Go to the generator.
    """
    assert isinstance(generator, nn.Module)
    return functional_call(generator, dict(tensors), (codes,), options)


@torch.no_grad()
def render_into(
    out: UInt8[np.ndarray, "N S S 3"],
    latents: Any,
    generator: Generator,
    batch_size: int,
    track: Callable[[Iterable[int], str, int], Iterable[int]],
    description: str,
) -> None:
    """Writes the images of all latents as 8-bit pixels; only one batch is in memory.

    Args:
        latents: `types.WPlus` or `types.StyleSpace`, on the generator's device.
        track: `Workspace.track`.

    Raises:
        DivergenceError: An image is not made of finite numbers; as pixels it would be a black face.
    """
    starts = range(0, len(latents), batch_size)
    for start in track(starts, description, len(starts)):
        batch = latents[start : start + batch_size]
        images = batch.render(generator)
        if not torch.isfinite(images).all():
            first = start + int(torch.isfinite(images).flatten(1).all(dim=1).logical_not().nonzero()[0])
            raise DivergenceError(
                f"{description}: face {first} of {len(latents)} is not made of numbers; use a smaller strength or "
                "learning rate, or look for damaged weights"
            )
        out[start : start + len(batch)] = to_pixels(images)
