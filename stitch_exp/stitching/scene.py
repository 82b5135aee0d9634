"""One clip and one edit as stitching sees them: edited crops, outlines and masks."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from stitch_exp.fitting.keyframes import keyframes
from stitch_exp.losses.masked import masked_error
from stitch_exp.networks.roles import Generator
from stitch_exp.ops.ranges import to_unit
from stitch_exp.stitching.masks import MaskRule, Regions
from stitch_exp.types import StitchedCrops, StyleSpace, Workspace, WPlus

log = logging.getLogger(__name__)

WORSE = 1.5
"""A border error of so many times what it was without stitching is none that stitching was asked for."""
CLOSE = 0.02
"""In [-1, 1] units, 23 dB: nearer than that no border is spoiled, whatever it was before."""
CHUNK = 8
"""Frames segmented or measured at once."""
Part = slice | np.ndarray
"""Which frames: a range, or indices."""


@runtime_checkable
class Tunable(Protocol):
    """What border tuning asks of a clip; `Scene` is the real one."""

    @property
    def generator(self) -> Generator: ...

    @property
    def latents(self) -> WPlus | StyleSpace: ...

    def __len__(self) -> int: ...

    def regions(self, part: Part) -> Regions: ...

    def source(self, part: Part) -> Tensor: ...

    def target(self, part: Part) -> Tensor: ...

    def render(self, part: slice) -> Tensor: ...


@dataclass(frozen=True, slots=True, eq=False)
class HeadMasks:
    """Where heads are and where to paste; all but `leak` 0 to 255, as in `types.StitchedCrops`."""

    foreground: UInt8[np.ndarray, "N S S"]
    pasted: UInt8[np.ndarray, "N S S"]
    edited: UInt8[np.ndarray, "N S S"]
    source_hair: UInt8[np.ndarray, "N S S"] | None
    edited_hair: UInt8[np.ndarray, "N S S"] | None
    leak: Float[np.ndarray, " N"]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One clip and one edit, ready to be stitched. Stacks may be larger than memory."""

    generator: Generator
    """A copy of the tuned generator that may be changed."""
    latents: WPlus | StyleSpace
    crops: UInt8[np.ndarray, "N S S 3"]
    edited: UInt8[np.ndarray, "N S S 3"]
    heads: HeadMasks
    steps: Int[np.ndarray, " N"]
    """Updates of the generator spent on each frame so far."""
    rule: MaskRule
    device: torch.device

    def __len__(self) -> int:
        return len(self.crops)

    def regions(self, part: Part) -> Regions:
        """Masks of some frames, cut anew because they are cheaper to cut than to keep."""
        outline = torch.from_numpy(self.heads.foreground[part] > 127).to(self.device, torch.float32)
        return self.rule.regions(outline)

    def source(self, part: Part) -> Float[Tensor, "B 3 S S"]:
        """Source crops of some frames."""
        return to_unit(self.crops[part], self.device)

    def target(self, part: Part) -> Float[Tensor, "B 3 S S"]:
        """Edited crops of some frames, rounded to 8 bits."""
        return to_unit(self.edited[part], self.device)

    @torch.no_grad()
    def render(self, part: slice) -> Float[Tensor, "B 3 S S"]:
        """Images with the generator's present weights."""
        return self.latents[part].render(self.generator)

    def representatives(self, count: int | None) -> list[int]:
        """Frames whose codes stand for the clip, `count` of them at most; None for all."""
        codes = self.latents.codes if isinstance(self.latents, WPlus) else torch.cat(self.latents.styles, dim=1)
        return keyframes(codes.cpu(), count)

    def border_error(self, stack: UInt8[np.ndarray, "N S S 3"], work: Workspace) -> Float[np.ndarray, " N"]:
        """Masked squared error of a stack against the source on the border ring."""
        errors, starts = np.zeros(len(self)), range(0, len(self), CHUNK)
        for start in work.track(starts, "measuring the border", len(starts)):
            part = slice(start, start + CHUNK)
            ring = self.regions(part).border
            errors[part] = masked_error(to_unit(stack[part], self.device), self.source(part), ring).cpu().numpy()
        return errors

    def finished(self, crops: UInt8[np.ndarray, "N S S 3"], work: Workspace) -> StitchedCrops:
        """The stage's result, with its measurements; a frame that stitching has spoiled keeps its edited crop."""
        before = self.border_error(self.edited, work)
        if crops is self.edited:
            return self._crops(crops, before, before)
        after = self.border_error(crops, work)
        spoiled = np.flatnonzero(~(after <= np.maximum(WORSE * before, CLOSE)))
        for face in spoiled:
            crops[face], after[face] = self.edited[face], before[face]
        if len(spoiled):
            log.warning(
                "stitching led away from the source in %d of %d frames (the first is face %d), which are pasted as "
                "edited; lower its learning rate",
                len(spoiled), len(self), spoiled[0],
            )  # fmt: skip
        return self._crops(crops, before, after)

    def _crops(self, crops: np.ndarray, before: np.ndarray, after: np.ndarray) -> StitchedCrops:
        heads = self.heads
        return StitchedCrops(
            crops, self.edited, heads.pasted, heads.foreground, before, after, heads.leak, self.steps,
            heads.edited, heads.source_hair, heads.edited_hair,
        )  # fmt: skip


def chosen(latents: WPlus | StyleSpace, index: Int[Tensor, " B"]) -> WPlus | StyleSpace:
    """Codes of some frames, in any order."""
    if isinstance(latents, WPlus):
        return WPlus(latents.codes[index])
    return StyleSpace(tuple(style[index] for style in latents.styles))
