"""Pairs of faces that a clip does not show: imagined, then edited by the stages that edit the clip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from stitch_exp.building.builder import Builder
from stitch_exp.building.making import make
from stitch_exp.distill import Distillation, Pairing
from stitch_exp.distill.imagination import Instruments
from stitch_exp.edit.directions import Directions
from stitch_exp.lesson.choosing import chosen
from stitch_exp.measures.attributes import mouth_opening
from stitch_exp.networks.tuned import render_into, tunable_copy
from stitch_exp.types import AlignedClip, EditPairs, StitchedCrops, TunedGenerator, Workspace, WPlus

_BATCH = 4
"""Faces that are drawn at once."""


@dataclass(frozen=True, slots=True)
class ImaginedPairs:
    """Makes them from a clip's crops and its tuned generator.

    Args:
        builder: Of the run.
        builders: The same for each strength.
        stage: What learns from the pairs.
        pairing: Composes them.
    """

    builder: Builder
    builders: Sequence[Builder]
    stage: Distillation
    pairing: Pairing

    def __call__(self, aligned: AlignedClip, tuned: TunedGenerator, faces: slice, work: Workspace) -> EditPairs:
        room = Workspace(track=work.track)
        drawn = self.stage.imagination(*chosen(aligned, tuned, faces), self._instruments(tuned, room))
        if drawn is None:
            return self.pairing.nothing(aligned)
        return self.pairing(*drawn, [_stitched(builder, *drawn, room) for builder in self.builders], work)

    def _instruments(self, tuned: TunedGenerator, work: Workspace) -> Instruments:
        path = self.builder.cfg.model.get("directions")
        known = {} if path is None else Directions(path)
        return Instruments(
            self._brush(tuned, work), make(self.builder.cfg.aligner.detector, "aligner.detector"), known, mouth_opening
        )

    def _brush(self, tuned: TunedGenerator, work: Workspace) -> Callable[[Tensor], np.ndarray]:
        device = self.builder.device
        generator = tunable_copy(self.builder.generator, device, tuned.state)

        def draw(codes: Float[Tensor, "N L D"]) -> UInt8[np.ndarray, "N S S 3"]:
            out = np.empty((len(codes), generator.resolution, generator.resolution, 3), np.uint8)
            latents = WPlus(codes.to(device, torch.float32))
            render_into(out, latents, generator, _BATCH, work.track, "imagining faces")
            return out

        return draw


def _stitched(builder: Builder, aligned: AlignedClip, tuned: TunedGenerator, work: Workspace) -> StitchedCrops:
    edited = builder.stage("edit")(tuned, work)
    return builder.stage("stitching")(aligned, tuned, edited, work)
