"""The signal-processing plan of StyleGAN3: what every layer samples at, keeps, and filters with.

Frequencies are in cycles per unit of the canvas: an image of S pixels has sampling rate S.

Reference: Karras et al., "Alias-Free Generative Adversarial Networks", NeurIPS 2021, section 3.2, appendix C; SPEC 4.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from scipy import signal, special
from torch import Tensor

NUM_LAYERS = 14
NUM_CRITICAL = 2
MARGIN = 10
FIRST_CUTOFF, FIRST_STOPBAND, LAST_STOPBAND_RATIO = 2.0, 2.0**2.1, 2.0**0.3
TAPS_PER_FACTOR = 6


@dataclass(frozen=True, slots=True)
class Band:
    """What a layer's output may contain, and how it is sampled."""

    cutoff: float
    half_width: float
    """Half of the filters' transition band."""
    sampling_rate: int
    size: int
    """Side in samples, the margin around the canvas included."""
    channels: int
    is_critical: bool
    """One of the last layers, whose filters keep everything up to the Nyquist frequency."""


def plan(resolution: int, img_channels: int, channel_base: int, channel_max: int) -> tuple[Band, ...]:
    """One band for each of the 14 layers and for torgb; band i is the output of layer i."""
    return tuple(_band(index, resolution, img_channels, channel_base, channel_max) for index in range(NUM_LAYERS + 1))


def _band(index: int, resolution: int, img_channels: int, channel_base: int, channel_max: int) -> Band:
    progress = min(index / (NUM_LAYERS - NUM_CRITICAL), 1.0)
    nyquist = resolution / 2
    cutoff = FIRST_CUTOFF * (nyquist / FIRST_CUTOFF) ** progress
    stopband = FIRST_STOPBAND * (nyquist * LAST_STOPBAND_RATIO / FIRST_STOPBAND) ** progress
    rate = int(2 ** math.ceil(math.log2(min(2 * stopband, resolution))))
    is_last = index >= NUM_LAYERS - 1
    return Band(
        cutoff=cutoff,
        half_width=max(stopband, rate / 2) - cutoff,
        sampling_rate=rate,
        size=resolution if is_last else rate + 2 * MARGIN,
        channels=img_channels if index == NUM_LAYERS else int(np.rint(min(channel_base / 2 / cutoff, channel_max))),
        is_critical=index >= NUM_LAYERS - NUM_CRITICAL,
    )


def low_pass(num_taps: int, cutoff: float, half_width: float, rate: int) -> Float[Tensor, " taps"]:
    """Kaiser-windowed sinc, applied along both axes in turn."""
    return torch.as_tensor(signal.firwin(num_taps, cutoff, width=2 * half_width, fs=rate), dtype=torch.float32)


def radial_low_pass(num_taps: int, cutoff: float, half_width: float, rate: int) -> Float[Tensor, "taps taps"]:
    """Rotation-invariant low-pass: a jinc under the product of two Kaiser windows, normalised to sum 1."""
    offsets = (np.arange(num_taps) - (num_taps - 1) / 2) / rate
    radius = np.hypot(*np.meshgrid(offsets, offsets))
    jinc = special.j1(2 * np.pi * cutoff * radius) / (np.pi * radius)
    beta = signal.kaiser_beta(signal.kaiser_atten(num_taps, 2 * half_width / (rate / 2)))
    window = np.kaiser(num_taps, beta)
    kernel = jinc * np.outer(window, window)
    return torch.as_tensor(kernel / kernel.sum(), dtype=torch.float32)
