"""An edit drawn as a change of the tuned face, by a generator that was tuned less than the one that drew the face.

Tuned weights know the frames of this clip. The same kernels that make the inversion faithful paint the source's skin
and outlines over an edited face, so the better the fit, the less of the edit is left. Between the model's weights and
the tuned ones lies a generator that knows the person and still edits as the model does: it draws the face before and
after the edit, and their difference is added to the faithful inversion (`transfer.with_change`).

Reference: the trade-off between distortion and editability, Tov et al. 2021, "Designing an Encoder for StyleGAN Image
Manipulation", section 3; weights between two fine-tuned ones, Wortsman et al. 2022, "Robust fine-tuning of zero-shot
models", equation 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32, UInt8
from torch import Tensor

from stitch_exp.networks.roles import Generator
from stitch_exp.networks.tuned import tunable_copy
from stitch_exp.stitching.transfer import with_change
from stitch_exp.types import StyleSpace, WPlus


@torch.no_grad()
def less_tuned(tuned: Generator, model: Generator, share: float) -> Generator:
    """A copy of the tuned generator whose weights went only a share of the way from the model's.

    Args:
        share: 0 for the model's weights, 1 for the tuned ones.
    """
    between = tunable_copy(tuned, next(tuned.synthesis.parameters()).device)
    for weight, origin in zip(between.synthesis.parameters(), model.synthesis.parameters(), strict=True):
        start = origin.to(weight)
        weight.copy_(start + share * (weight - start))
    return between


@torch.no_grad()
def unedited(edited: WPlus | StyleSpace, tuned: Generator, pivots: Float[Tensor, "N L D"]) -> WPlus | StyleSpace:
    """The pivots in the space in which they were edited."""
    codes = pivots.to(next(tuned.synthesis.parameters()).device, torch.float32)
    return WPlus(codes) if isinstance(edited, WPlus) else StyleSpace(tuple(tuned.style_space(codes)))


@torch.no_grad()
def truncated(
    codes: WPlus | StyleSpace, generator: Generator, pivots: Float[Tensor, "N L D"], psi: float
) -> WPlus | StyleSpace:
    """Codes moved with their clip, whose mean pivot goes to a share of its way from the mean face.

    Pivots of real people lie farther out than samples do, and there a linear edit of a few standard deviations leaves
    the faces that the generator has learned. All frames move by one offset, so that poses and expressions stay, and
    edits are as long as before.

    Args:
        codes: Of the clip's frames, edited or not.
        pivots: Those they were made from.
        psi: The share; 1 changes nothing.

    Reference: the truncation trick, Karras et al. 2019, "A Style-Based Generator Architecture", appendix B.
    """
    pivots = pivots.to(next(generator.synthesis.parameters()).device, torch.float32)
    offset = (psi - 1.0) * (pivots.mean(dim=0) - generator.w_avg.to(pivots))
    if isinstance(codes, WPlus):
        return WPlus(codes.codes + offset)
    pairs = zip(generator.style_space(pivots + offset), generator.style_space(pivots), codes.styles, strict=True)
    return StyleSpace(tuple(style + moved - before for moved, before, style in pairs))


@dataclass(frozen=True, slots=True, eq=False)
class ChangedFaces:
    """Codes that are drawn as inversions with a change, for `networks.tuned.render_into`."""

    edited: WPlus | StyleSpace
    unedited: WPlus | StyleSpace
    inversions: UInt8[np.ndarray, "N S S 3"]
    """From the tuned generator."""

    def __len__(self) -> int:
        return len(self.unedited)

    def __getitem__(self, part: slice) -> ChangedFaces:
        return ChangedFaces(self.edited[part], self.unedited[part], self.inversions[part])

    @torch.no_grad()
    def render(self, generator: Any) -> Float[Tensor, "N 3 S S"]:
        """The inversions, changed as `generator` changes its own faces; exactly as they were where codes are equal.

        They are on the CPU, wherever the generator is: that is where pictures are moved, and where pixels go.
        """
        before, after = (_levels(codes.render(generator)) for codes in (self.unedited, self.edited))
        faces = [
            with_change(np.asarray(face), *pair) for face, *pair in zip(self.inversions, before, after, strict=True)
        ]
        return torch.from_numpy(np.stack(faces).transpose(0, 3, 1, 2)) / 127.5 - 1.0


def _levels(images: Float[Tensor, "N 3 S S"]) -> Float32[np.ndarray, "N S S 3"]:
    return np.ascontiguousarray(((images.float() + 1.0) * 127.5).cpu().numpy().transpose(0, 2, 3, 1))
