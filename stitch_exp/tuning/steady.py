"""Pivots that follow time as faces do: what trembles from one frame to the next is the encoder, not the person."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from stitch_exp.faces.gaps import runs
from stitch_exp.ops.smoothing import smooth_in_time
from stitch_exp.types import AlignedClip


def steadied(codes: Float[Tensor, "N L D"], aligned: AlignedClip, sigma_frames: float) -> Float[Tensor, "N L D"]:
    """Codes smoothed over neighbouring frames by a Gaussian, never across a cut or a gap.

    Args:
        aligned: Says which frame each code belongs to, and where shots begin.
        sigma_frames: Width of the Gaussian in frames; 0 changes nothing.
    """
    if not sigma_frames:
        return codes
    smoothed = codes.cpu().numpy().copy()
    for shot in shots(aligned):
        smoothed[shot] = smooth_in_time(smoothed[shot], sigma_frames)
    return torch.from_numpy(smoothed).to(codes)


def shots(aligned: AlignedClip) -> list[slice]:
    """The faces of each stretch of frames without a cut or a gap, from the first on."""
    shown = np.zeros(len(aligned.status), dtype=bool)
    shown[aligned.frame_index] = True
    ends = [np.searchsorted(aligned.frame_index, stretch) for stretch in runs(shown, aligned.cuts)]
    return [slice(int(first), int(stop)) for first, stop in ends]
