"""What a line consists of: its stages, what makes them one after the other, and what its halves hand on."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple

from stitch_exp import types
from stitch_exp.store import Made, Store

Meter = Callable[[str], AbstractContextManager[Any]]


@dataclass(frozen=True, slots=True)
class Stages:
    """One callable for each stage, as `docs/architecture.md` lists them."""

    video: Callable[[], types.Clip]
    aligner: Callable[..., types.AlignedClip]
    encoder: Callable[..., types.Pivots]
    tuning: Callable[..., types.TunedGenerator]
    edit: Callable[..., types.EditedLatents]
    stitching: Callable[..., types.StitchedCrops]
    composite: Callable[..., types.EditedClip]
    metrics: Callable[..., types.Report]


class Prepared(NamedTuple):
    """What all edits of a clip share."""

    source: types.Clip
    aligned: Made
    pivots: Made
    tuned: Made


@dataclass(frozen=True, slots=True)
class Parts:
    """Into how many parts the faces of a clip are cut.

    Args:
        count: How many, 1 or more.
        command: What makes some of them: the numbers stand for `{parts}` in it, such as `2,3`.
    """

    count: int
    command: str = "the same settings with part={parts}"

    def ranges(self, num_faces: int, grain: int) -> list[slice]:
        """The faces of each part, as equal as multiples of `grain` allow; some are empty where there are too few."""
        blocks = math.ceil(num_faces / grain)
        ends = [min(num_faces, grain * (blocks * part // self.count)) for part in range(self.count + 1)]
        return [slice(first, last) for first, last in itertools.pairwise(ends)]


class Line:
    """Makes one stage after the other and remembers which were reused."""

    def __init__(self, store: Store, work: types.Workspace, meter: Meter, parts: Parts | None = None) -> None:
        self.store = store
        self.work = work
        self.meter = meter
        self.parts = parts
        self.reused: list[str] = []

    def make(self, name: str, stage: Callable[..., Any], *inputs: Made) -> Made:
        with self.meter(name):
            made = self.store.make(name, stage, self.work, list(inputs))
        if made.reused:
            self.reused.append(name)
        return made
