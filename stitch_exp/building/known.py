"""Clips with known answers (`benchmark=stit-gt-1`) for tools that are not ours: made, and what an edit should be."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from jaxtyping import UInt8
from omegaconf import DictConfig
from torch import Tensor

from stitch_exp.building.builder import Builder
from stitch_exp.config import schema
from stitch_exp.config.composing import composed
from stitch_exp.edit.directions import Directions
from stitch_exp.errors import ConfigError
from stitch_exp.measures.truth import ForeignAnswers, nearest_strength, true_edit
from stitch_exp.types import Clip

log = logging.getLogger("stitch_exp")
NUM_FITTED = 5
"""Frames from which the strength of another tool's edit is estimated."""
WIDEST = 2.0
"""Up to so many times the model's own strength."""


def settings(name: str, words: Sequence[str] = ()) -> DictConfig:
    """The settings under which a clip of the benchmark is made."""
    return composed([f"benchmark={schema.BENCHMARK}", f"video={name}", "logger=none", *words])


def clip(cfg: DictConfig) -> Clip:
    """The clip itself, with what it was made of.

    Raises:
        StitchError: The model that makes it is not there, or another one.
    """
    return Builder(cfg).source()()


def step_of(cfg: DictConfig, edit: str) -> Tensor:
    """The step of strength 1 along a direction of the benchmark's model; no step at all for `none`.

    Raises:
        ConfigError: There is no such direction.
    """
    return torch.zeros(1, 1) if edit == "none" else Directions(cfg.model.directions)[edit] * cfg.model.direction_scale


def answers(cfg: DictConfig, source: Clip, edited: Clip, edit: str | None, strength: float | None) -> ForeignAnswers:
    """What an edit of a known clip should be.

    Args:
        cfg: As `settings` gives it.
        source: The clip, or some of its frames.
        edited: The same frames after the edit.
        edit: Name of the direction, or `none`.
        strength: How far; None for the strength that the edited frames are nearest to.

    Raises:
        ConfigError: It is not said which edit it is, or there is no such direction.
    """
    if edit is None:
        raise ConfigError("source: a clip with known answers; say which edit it should be: truth.edit=age, or none")
    assert source.truth is not None
    step = step_of(cfg, edit)
    if strength is None and edit != "none":
        count = len(source.frames)
        chosen = np.unique(np.linspace(0, count - 1, min(NUM_FITTED, count)).round().astype(int))
        frames = {int(index): edited.frames[int(index)] for index in chosen}
        strength = nearest_strength(source.truth, step, frames, WIDEST * abs(cfg.model.strength))
        log.info("%s: nearest to %s %+.2f", edited.name, edit, strength)
    return ForeignAnswers(source.truth, step, strength or 0.0)


class TrueFrames:
    """A known clip with the true edit, as a `types.FrameSource`."""

    def __init__(self, source: Clip, step: Tensor, strength: float) -> None:
        self._source, self._step, self._strength = source, step, strength

    def __len__(self) -> int:
        return len(self._source.frames)

    def __getitem__(self, index: int) -> UInt8[np.ndarray, "H W 3"]:
        assert self._source.truth is not None
        return true_edit(self._source.truth, self._step, self._strength, range(len(self))[index])

    def __iter__(self) -> Iterator[UInt8[np.ndarray, "H W 3"]]:
        return (self[index] for index in range(len(self)))
