"""What a live network is trained for: the same change, the same edges, the same look, and steadiness."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from stitch_exp.distill.examples import Example
from stitch_exp.networks.live_unet import Change, LiveUNet
from stitch_exp.networks.roles import Perceptual
from stitch_exp.settings import NonNegative, checked

_STEP, _TURN, _NOISE = 0.02, 0.02, 0.01
"""Motion between two frames: shift in half sides, turn in radians, and noise in units of [-1, 1] images."""


@checked
@dataclass(frozen=True, slots=True)
class Weights:
    """How much each term counts beside the mean absolute error of the change.

    Args:
        gradient: Mean absolute error of the change's differences between neighbours: its edges.
        perceptual: Distance of the edited crops as the perceptual network sees them.
        mask: Cross-entropy of the mask, which keeps the map off what is in front of the face.
        steady: A view that moved a little must change as the view before it, moved.
    """

    gradient: NonNegative
    perceptual: NonNegative
    mask: NonNegative
    steady: NonNegative


def terms(
    network: LiveUNet, example: Example, weights: Weights, perceptual: Perceptual, draw: torch.Generator
) -> dict[str, Tensor]:
    """`loss` and the terms in it, over a batch."""
    change: Change = network(example.filmed, example.share, example.detail)
    found = {
        "change": (change.colour - example.change).abs().mean(),
        "gradient": _gradients(change.colour - example.change),
        "mask": F.binary_cross_entropy(change.mask.clamp(1e-4, 1 - 1e-4), example.mask),
    }
    if weights.perceptual:
        wanted = perceptual.features((example.clean + example.change).clamp(-1, 1))
        shown = perceptual.features((example.clean + change.colour).clamp(-1, 1))
        found["perceptual"] = perceptual.compare(shown, wanted).mean()
    if weights.steady:
        found["steady"] = _steadiness(network, example, change.colour, draw)
    loss = found["change"] + sum(getattr(weights, name) * value for name, value in found.items() if name != "change")
    return {"loss": loss, **{name: value.detach() for name, value in found.items()}}


def _gradients(error: Float[Tensor, "B 3 S S"]) -> Float[Tensor, ""]:
    return error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()


def _steadiness(network: LiveUNet, example: Example, colour: Tensor, draw: torch.Generator) -> Float[Tensor, ""]:
    """How differently half of the views change when they move a little."""
    half = max(1, len(colour) // 2)
    motion = small_motions(half, draw).to(colour.device)
    moved = _moved(example.filmed[:half], motion)
    noise = torch.randn(moved.shape, generator=draw).to(colour.device) * _NOISE
    detail = _moved(example.detail[:half], motion)
    after = network(moved + noise, example.share[:half], detail).colour
    return (after - _moved(colour[:half], motion)).abs().mean()


def small_motions(count: int, draw: torch.Generator) -> Float[Tensor, "B 2 3"]:
    """Random small turns and shifts, as `affine_grid` takes them."""
    turn = torch.randn(count, generator=draw) * _TURN
    shift = torch.randn(count, 2, 1, generator=draw) * _STEP
    rows = torch.stack([turn.cos(), -turn.sin(), turn.sin(), turn.cos()], dim=1).view(count, 2, 2)
    return torch.cat([rows, shift], dim=2)


def _moved(images: Float[Tensor, "B C S S"], motion: Float[Tensor, "B 2 3"]) -> Float[Tensor, "B C S S"]:
    grid = F.affine_grid(motion, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
