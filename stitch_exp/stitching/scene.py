"""Everything about a clip that stitching needs before it optimises: edited crops, outlines and masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from stitch_exp.losses.masked import masked_error
from stitch_exp.networks.roles import Generator, Segmenter
from stitch_exp.networks.tuned import render_into, tunable_copy
from stitch_exp.ops import warp
from stitch_exp.ops.ranges import to_unit
from stitch_exp.stitching.masks import MaskRule, Regions
from stitch_exp.types import AlignedClip, EditedLatents, StitchedCrops, StyleSpace, TunedGenerator, Workspace, WPlus

CHUNK = 8
"""Frames segmented or measured at once."""
Frames = slice | np.ndarray
"""Which frames: a range, or indices."""


@runtime_checkable
class Tunable(Protocol):
    """What border tuning asks of a clip; `Scene` is the real one."""

    @property
    def generator(self) -> Generator: ...

    @property
    def latents(self) -> WPlus | StyleSpace: ...

    def __len__(self) -> int: ...

    def regions(self, part: Frames) -> Regions: ...

    def source(self, part: Frames) -> Tensor: ...

    def target(self, part: Frames) -> Tensor: ...


@dataclass(frozen=True, slots=True)
class Preparation:
    """Renders the edit and finds out where to paste.

    Args:
        generator: The model's generator.
        segmenter: Outlines of heads.
        rule: How masks are made from outlines.
        render_batch: Frames rendered at once.
        device: Where networks run.
    """

    generator: Generator
    segmenter: Segmenter
    rule: MaskRule
    render_batch: int
    device: torch.device

    def __call__(self, aligned: AlignedClip, tuned: TunedGenerator, edited: EditedLatents, work: Workspace) -> Scene:
        generator = tunable_copy(self.generator, self.device, tuned.state)
        latents = on_device(edited.latents, self.device)
        images = work.allocate("edited", aligned.crops.shape)
        render_into(images, latents, generator, self.render_batch, work.track, "rendering the edit")
        shape = aligned.crops.shape[:3]
        scene = Scene(
            generator, latents, aligned.crops, images, work.allocate("foreground", shape),
            work.allocate("masks", shape), np.zeros(len(images)), self.rule, self.device,
        )  # fmt: skip
        landmarks = crop_landmarks(aligned)
        starts = range(0, len(images), CHUNK)
        for start in work.track(starts, "cutting masks", len(starts)):
            self._mask(scene, slice(start, start + CHUNK), landmarks)
        return scene

    def _mask(self, scene: Scene, part: slice, landmarks: np.ndarray) -> None:
        source = self._outline(scene.crops[part], landmarks[part])
        edited = self._outline(scene.edited[part], landmarks[part])
        kept = torch.maximum(source, edited) if self.rule.mask == "union" else source
        scene.foreground[part] = _to_bytes(kept)
        scene.masks[part] = _to_bytes(self.rule.regions(kept).full)
        outside = edited * (self.rule.regions(source).full < 0.5)
        scene.leak[part] = (outside.sum(dim=(1, 2)) / edited.sum(dim=(1, 2)).clamp(min=1)).numpy()

    def _outline(self, crops: np.ndarray, landmarks: np.ndarray) -> Float[Tensor, "B S S"]:
        outline = self.segmenter(np.ascontiguousarray(crops), landmarks)
        return torch.from_numpy(np.ascontiguousarray(outline, np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One clip and one edit, ready to be stitched. Stacks may be larger than memory."""

    generator: Generator
    """A copy of the tuned generator that may be changed."""
    latents: WPlus | StyleSpace
    crops: UInt8[np.ndarray, "N S S 3"]
    edited: UInt8[np.ndarray, "N S S 3"]
    foreground: UInt8[np.ndarray, "N S S"]
    masks: UInt8[np.ndarray, "N S S"]
    leak: Float[np.ndarray, " N"]
    rule: MaskRule
    device: torch.device

    def __len__(self) -> int:
        return len(self.crops)

    def regions(self, part: Frames) -> Regions:
        """Masks of some frames, cut anew because they are cheaper to cut than to keep."""
        outline = torch.from_numpy(self.foreground[part] > 127).to(self.device, torch.float32)
        return self.rule.regions(outline)

    def source(self, part: Frames) -> Float[Tensor, "B 3 S S"]:
        """Source crops of some frames."""
        return to_unit(self.crops[part], self.device)

    def target(self, part: Frames) -> Float[Tensor, "B 3 S S"]:
        """Edited crops of some frames, rounded to 8 bits."""
        return to_unit(self.edited[part], self.device)

    @torch.no_grad()
    def render(self, part: slice) -> Float[Tensor, "B 3 S S"]:
        """Images with the generator's present weights."""
        return self.latents[part].render(self.generator)

    def border_error(self, stack: UInt8[np.ndarray, "N S S 3"], work: Workspace) -> Float[np.ndarray, " N"]:
        """Masked squared error of a stack against the source on the border ring."""
        errors, starts = np.zeros(len(self)), range(0, len(self), CHUNK)
        for start in work.track(starts, "measuring the border", len(starts)):
            part = slice(start, start + CHUNK)
            ring = self.regions(part).border
            errors[part] = masked_error(to_unit(stack[part], self.device), self.source(part), ring).cpu().numpy()
        return errors

    def finished(self, crops: UInt8[np.ndarray, "N S S 3"], steps: np.ndarray, work: Workspace) -> StitchedCrops:
        """The stage's result, with its measurements."""
        before = self.border_error(self.edited, work)
        after = before if crops is self.edited else self.border_error(crops, work)
        return StitchedCrops(crops, self.edited, self.masks, self.foreground, before, after, self.leak, steps)


def on_device(latents: WPlus | StyleSpace, device: torch.device) -> WPlus | StyleSpace:
    """The same codes where the generator is."""
    if isinstance(latents, WPlus):
        return WPlus(latents.codes.to(device, torch.float32))
    return StyleSpace(tuple(style.to(device, torch.float32) for style in latents.styles))


def crop_landmarks(aligned: AlignedClip) -> Float[np.ndarray, "N K 2"]:
    """Landmarks in pixel-index coordinates of each crop.

    Convention: homographies act on continuous coordinates, half a pixel from index coordinates.
    """
    crop_from_frame = np.linalg.inv(aligned.frame_from_crop)
    pairs = zip(crop_from_frame, aligned.landmarks, strict=True)
    return np.stack([warp.apply(matrix, points + 0.5) - 0.5 for matrix, points in pairs])


def _to_bytes(mask: Float[Tensor, "B S S"]) -> UInt8[np.ndarray, "B S S"]:
    return (mask * 255).round().to(torch.uint8).cpu().numpy()


def chosen(latents: WPlus | StyleSpace, index: Int[Tensor, " B"]) -> WPlus | StyleSpace:
    """Codes of some frames, in any order."""
    if isinstance(latents, WPlus):
        return WPlus(latents.codes[index])
    return StyleSpace(tuple(style[index] for style in latents.styles))
