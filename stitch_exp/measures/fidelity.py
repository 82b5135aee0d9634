"""Image quality: does the inversion look like the source, and is the edit as sharp."""

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import nn

from stitch_exp.measures.base import PerFrame
from stitch_exp.measures.quantity import Quantity
from stitch_exp.ops.luma import luma
from stitch_exp.ops.ranges import to_unit


class PSNR(PerFrame):
    """Peak signal-to-noise ratio of the inversion against the crop: 10 log10(255^2 / MSE), in dB, higher is better.

    Identical images are infinitely alike; they count as 100 dB so that means stay finite.
    """

    word, inputs = "reconstruction", ("crop", "inversion")
    quantities = (
        Quantity(
            name="psnr", title="PSNR", meaning="Inversion against crop.", group="Inversion", unit="dB",
            better="higher", chart="PSNR of the inversion", column=True, headline=True, watched=True,
        ),
    )  # fmt: skip

    def measure(self, crop: UInt8[np.ndarray, "S S 3"], inversion: UInt8[np.ndarray, "S S 3"]) -> float:
        error = np.square(crop.astype(np.float64) - inversion).mean()
        return 100.0 if error == 0.0 else min(100.0, float(10.0 * np.log10(255.0**2 / error)))


class SSIM(PerFrame):
    """Structural similarity of the inversion to the crop, range [-1, 1], higher is better.

    Reference: Wang et al. 2004: 11 x 11 Gaussian window of sigma 1.5, k1 = 0.01, k2 = 0.03, each RGB channel by itself,
    averaged over the pixels whose window lies inside the image.
    """

    word, inputs = "reconstruction", ("crop", "inversion")
    quantities = (
        Quantity(
            name="ssim", title="SSIM", meaning="Inversion against crop.", group="Inversion", better="higher",
            column=True,
        ),
    )  # fmt: skip

    def measure(self, crop: UInt8[np.ndarray, "S S 3"], inversion: UInt8[np.ndarray, "S S 3"]) -> float:
        return structural_similarity(crop, inversion)


class Perceptual(PerFrame):
    """Perceptual distance of the inversion to the crop by the injected network, 0 = alike, lower is better.

    Reference: LPIPS (Zhang et al. 2018) where its backbone is present; the instrument names the network.

    Args:
        perceptual: `perceptual(a, b) -> "B"` on images in [-1, 1], with a `name`.
        device: Where the network lives.
    """

    word, inputs = "reconstruction", ("crop", "inversion")
    quantities = (
        Quantity(
            name="perceptual", title="Perceptual distance", meaning="Inversion against crop, by a network.",
            group="Inversion", better="lower", column=True,
        ),
    )  # fmt: skip

    def __init__(self, *, perceptual: nn.Module, device: torch.device) -> None:
        super().__init__()
        self.network, self.device = perceptual, device
        self.instrument = f"perceptual={getattr(perceptual, 'name', type(perceptual).__name__)}"

    def measure(self, crop: UInt8[np.ndarray, "S S 3"], inversion: UInt8[np.ndarray, "S S 3"]) -> float:
        with torch.no_grad():
            pair = (to_unit(image, self.device)[None] for image in (crop, inversion))
            return float(self.network(*pair).mean())


class Sharpness(PerFrame):
    """Strength of fine detail in the face region, edited over source; 1 is as sharp as the source.

    Root mean square of the Laplacian of luma inside the region, ratio of the two frames. Below 1 the edit is blurred,
    above 1 it has noise or texture the source has not. NaN where the source is perfectly flat.
    """

    word, inputs = "sharpness", ("source", "edited", "region")
    quantities = (
        Quantity(
            name="sharpness", title="Sharpness", meaning="Fine detail of the face, edited over source.",
            group="Inversion", better="one", column=True,
        ),
    )  # fmt: skip

    def measure(
        self,
        source: UInt8[np.ndarray, "H W 3"],
        edited: UInt8[np.ndarray, "H W 3"],
        region: Bool[np.ndarray, "H W"],
    ) -> float:
        before, after = _detail(source, region), _detail(edited, region)
        return after / before if before > 0.0 else float("nan")


def _detail(image: UInt8[np.ndarray, "H W 3"], inside: Bool[np.ndarray, "H W"]) -> float:
    if not inside.any():
        return 0.0
    laplacian = cv2.Laplacian(luma(image), cv2.CV_32F)
    return float(np.sqrt(np.square(laplacian[inside], dtype=np.float64).mean()))


def structural_similarity(a: UInt8[np.ndarray, "H W 3"], b: UInt8[np.ndarray, "H W 3"]) -> float:
    """SSIM of two 8-bit images of at least 11 x 11 pixels; see `SSIM`."""
    x, y = a.astype(np.float64), b.astype(np.float64)
    mean_x, mean_y = _blur(x), _blur(y)
    variance_x, variance_y = _blur(x * x) - mean_x**2, _blur(y * y) - mean_y**2
    covariance = _blur(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * 255.0) ** 2, (0.03 * 255.0) ** 2
    luminance = (2.0 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    structure = (2.0 * covariance + c2) / (variance_x + variance_y + c2)
    return float((luminance * structure)[5:-5, 5:-5].mean())


def _blur(image: Float[np.ndarray, "H W 3"]) -> Float[np.ndarray, "H W 3"]:
    return cv2.GaussianBlur(image, (11, 11), 1.5)
