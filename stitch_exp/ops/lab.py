"""sRGB pixels as CIE L*a*b* colours, in which distances are about as large as they look."""

import numpy as np
from jaxtyping import Float, UInt8

XYZ_FROM_RGB = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
"""IEC 61966-2-1, D65."""


def lab(pixels: UInt8[np.ndarray, "... 3"]) -> Float[np.ndarray, "... 3"]:
    """L* in [0, 100], a* and b* about [-110, 110], for D65.

    Reference: CIE 15, 1976.
    """
    value = pixels.astype(np.float64) / 255.0
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    ratio = linear @ XYZ_FROM_RGB.T / XYZ_FROM_RGB.sum(axis=1)
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], axis=-1)
