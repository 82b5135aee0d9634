"""The examples of a training, each drawn by its number: the same ones in every run and in any order."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.data import Dataset

from stitch_exp.distill.camera import Camera
from stitch_exp.distill.lessons import Lessons
from stitch_exp.ops.detail import DetailMap


class Example(NamedTuple):
    """What one update learns from, in units of [-1, 1] images; see `camera.View`."""

    filmed: Float[Tensor, "*B 3 S S"]
    clean: Float[Tensor, "*B 3 S S"]
    change: Float[Tensor, "*B 3 S S"]
    mask: Float[Tensor, "*B 1 S S"]
    share: Float[Tensor, "*B"]
    detail: Float[Tensor, "*B 4 S S"]
    """The detail map where a tracker would put it, and how far each place can be trusted."""


class Examples(Dataset):
    """Random views of random pairs.

    Args:
        lessons: What to learn from.
        detail: Their map.
        camera: How views differ from the clip.
        count: How many examples there are.
        seed: Of the drawing.
    """

    def __init__(self, lessons: Lessons, detail: DetailMap, camera: Camera, count: int, seed: int) -> None:
        self.lessons, self.detail, self.camera, self.count, self.seed = lessons, detail, camera, count, seed

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Example:
        chance = np.random.default_rng([self.seed, index])
        n, k = int(chance.integers(len(self.lessons))), int(chance.integers(len(self.lessons.shares)))
        lesson, share = self.lessons[n], float(self.lessons.shares[k])
        view = self.camera.view(lesson.source, lesson.targets[k], lesson.mask, lesson.landmarks, chance)
        return Example(
            planes(view.filmed) - 1, planes(view.clean) - 1, planes(view.change), torch.from_numpy(view.mask)[None],
            torch.tensor(share, dtype=torch.float32), planes(self.detail.at(view.filmed, view.landmarks, share)),
        )  # fmt: skip


def planes(image: np.ndarray) -> Float[Tensor, "C S S"]:
    """Levels of 255 in units of [-1, 1] images, still from 0."""
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1))) / 127.5
