"""Low-pass filters along time."""

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d


def smooth_in_time(values: Float[np.ndarray, "N ..."], sigma_frames: float) -> Float[np.ndarray, "N ..."]:
    """Gaussian along the first axis, cut at four sigmas, mirrored at both ends; sigma 0 changes nothing.

    Mirroring repeats the end sample (d c b a | a b c d | d c b a), so something still stays where it is.

    Reference: Stitch it in Time, section 3.1 and the filter of its published implementation.
    """
    if sigma_frames == 0:
        return values
    return gaussian_filter1d(values, sigma_frames, axis=0, mode="reflect", truncate=4.0)


def jitter(points: Float[np.ndarray, "N K 2"]) -> Float[np.ndarray, " M"]:
    """Mean length of the second difference of K points at each inner frame, in pixels.

    Motion at constant speed has none, so what is left is trembling of the subject, the camera or the detector.
    """
    second = points[2:] - 2 * points[1:-1] + points[:-2]
    return np.linalg.norm(second, axis=-1).mean(axis=-1)
