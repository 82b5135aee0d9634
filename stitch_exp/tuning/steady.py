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
    shown = np.zeros(len(aligned.status), dtype=bool)
    shown[aligned.frame_index] = True
    smoothed = codes.cpu().numpy().copy()
    for first, stop in runs(shown, aligned.cuts):
        part = slice(*np.searchsorted(aligned.frame_index, (first, stop)))
        smoothed[part] = smooth_in_time(smoothed[part], sigma_frames)
    return torch.from_numpy(smoothed).to(codes)
