"""Brightness of colours."""

import numpy as np
from jaxtyping import Float32, Shaped

BT601 = np.array([0.299, 0.587, 0.114], np.float32)


def luma(image: Shaped[np.ndarray, "*size 3"]) -> Float32[np.ndarray, "*size"]:
    """BT.601 luma of an RGB image, on the image's own scale."""
    return image.astype(np.float32) @ BT601
