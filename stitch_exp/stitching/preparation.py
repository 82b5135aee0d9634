"""From aligned crops and edited codes to a scene: the edit is rendered, heads are outlined, masks are cut."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from stitch_exp.faces.in_crops import crop_landmarks
from stitch_exp.networks.roles import Generator, Segmenter
from stitch_exp.networks.tuned import render_into, tunable_copy
from stitch_exp.stitching.change import ChangedFaces, less_tuned, truncated, unedited
from stitch_exp.stitching.hairdo import of_same_hairdo
from stitch_exp.stitching.masks import MaskRule
from stitch_exp.stitching.scene import CHUNK, HeadMasks, Scene
from stitch_exp.types import AlignedClip, EditedLatents, StyleSpace, TunedGenerator, Workspace, WPlus


@dataclass(frozen=True, slots=True)
class Preparation:
    """Renders the edit and finds out where to paste.

    Args:
        generator: The model's generator.
        segmenter: Outlines of heads.
        rule: How masks are made from outlines.
        tuned_share: Share of the tuning in what draws the edit; see `change.less_tuned`.
        truncation_psi: Of the pivots from which the edit is drawn; see `change.truncated`.
        render_batch: Frames rendered at once.
        device: Where networks run.
    """

    generator: Generator
    segmenter: Segmenter
    rule: MaskRule
    tuned_share: float
    truncation_psi: float
    render_batch: int
    device: torch.device

    def __call__(
        self,
        aligned: AlignedClip,
        tuned: TunedGenerator,
        edited: EditedLatents,
        work: Workspace,
        faces: slice = slice(None),
    ) -> Scene:
        """The scene of a clip, or of some of its faces, which are drawn and outlined as they are among all."""
        generator = tunable_copy(self.generator, self.device, tuned.state)
        latents, crops = on_device(edited.latents, self.device), aligned.crops[faces]
        images = work.allocate("edited", crops.shape)
        drawn, painter = self._drawn(generator, latents, tuned)
        render_into(images, drawn[faces], painter, self.render_batch, work.track, "rendering the edit")
        heads = self._heads(crops, crop_landmarks(aligned)[faces], images, edited.same_hairdo, work)
        steps = np.zeros(len(images), np.int64)
        return Scene(generator, latents[faces], crops, images, heads, steps, self.rule, self.device)

    def _drawn(self, generator: Generator, latents: WPlus | StyleSpace, tuned: TunedGenerator) -> tuple[Any, Generator]:
        """What is drawn for all faces, since codes are moved with the mean of all, and what draws it."""
        if self.tuned_share == self.truncation_psi == 1.0:
            return latents, generator
        before, after = (
            truncated(codes, generator, tuned.pivots, self.truncation_psi)
            for codes in (unedited(latents, generator, tuned.pivots), latents)
        )
        return ChangedFaces(after, before, tuned.inversions), less_tuned(generator, self.generator, self.tuned_share)

    def _heads(
        self, source: np.ndarray, landmarks: np.ndarray, edited: np.ndarray, same_hairdo: bool, work: Workspace
    ) -> HeadMasks:
        shape = source.shape[:3]
        foreground, pasted, head = (work.allocate(name, shape) for name in ("foreground", "masks", "edited_head"))
        heads = HeadMasks(foreground, pasted, head, None, None, np.zeros(len(edited)))
        hair: tuple[np.ndarray, ...] | None = None
        starts = range(0, len(edited), CHUNK)
        for start in work.track(starts, "cutting masks", len(starts)):
            part = slice(start, start + CHUNK)
            before, after = (
                self.segmenter(np.ascontiguousarray(crops[part]), landmarks[part]) for crops in (source, edited)
            )
            if before.hair is not None and after.hair is not None:
                hair = hair or tuple(work.allocate(name, shape) for name in ("source_hair", "edited_hair"))
                for stack, found in zip(hair, (before.hair, after.hair), strict=True):
                    stack[part] = _to_bytes(_tensor(found))
                if same_hairdo:
                    after = replace(after, outline=of_same_hairdo(before, after, landmarks[part]))
            self._cut(heads, part, _tensor(before.outline), _tensor(after.outline))
        return heads if hair is None else replace(heads, source_hair=hair[0], edited_hair=hair[1])

    def _cut(self, heads: HeadMasks, part: slice, source: Tensor, edited: Tensor) -> None:
        kept = torch.maximum(source, edited) if self.rule.mask == "union" else source
        heads.foreground[part] = _to_bytes(kept)
        heads.edited[part] = _to_bytes(edited)
        heads.pasted[part] = _to_bytes(self.rule.regions(kept).full)
        outside = edited * (self.rule.regions(source).full < 0.5)
        heads.leak[part] = (outside.sum(dim=(1, 2)) / edited.sum(dim=(1, 2)).clamp(min=1)).numpy()


def on_device(latents: WPlus | StyleSpace, device: torch.device) -> WPlus | StyleSpace:
    """The same codes where the generator is."""
    if isinstance(latents, WPlus):
        return WPlus(latents.codes.to(device, torch.float32))
    return StyleSpace(tuple(style.to(device, torch.float32) for style in latents.styles))


def _tensor(mask: np.ndarray) -> Float[Tensor, "B S S"]:
    return torch.from_numpy(np.ascontiguousarray(mask, np.float32))


def _to_bytes(mask: Float[Tensor, "B S S"]) -> UInt8[np.ndarray, "B S S"]:
    return (mask * 255).round().to(torch.uint8).cpu().numpy()
