"""High dynamic range to the range that faces are edited in: BT.2100 (PQ, HLG) to BT.709."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import av
import numpy as np
from jaxtyping import Float, UInt8, UInt16

from stitch_exp.video import colour

SDR = {"range": 1, "space": 1, "primaries": 1, "transfer": 1}
"""Tags of what `to_sdr` gives: BT.709, limited range."""
CURVES = {16: "PQ", 18: "HLG"}
"""FFmpeg's numbers of the two transfer curves of BT.2100."""

_WHITE_NITS = 203.0
"""HDR reference white (BT.2408), which becomes white."""
_PEAK_NITS = 1000.0
"""Where pictures end: the usual mastering display."""
_LARGEST_CODE = 65535
_DISPLAY_GAMMA = 2.4
_HLG_SYSTEM_GAMMA = 1.2
# Linear light to BT.709: from BT.2020 (BT.2087) and from Display P3 (SMPTE EG 432-1), both with white D65.
_BT2020 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32)
_P3 = np.array([[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]], np.float32)
_TO_BT709 = {9: _BT2020, 12: _P3}
_LUMINANCE = np.array([0.2627, 0.6780, 0.0593], np.float32)


def is_hdr(tags: Mapping[str, int]) -> bool:
    """Whether a stream's transfer curve is one of high dynamic range."""
    return tags.get("transfer") in CURVES


def to_sdr(frame: av.VideoFrame, tags: Mapping[str, int], width: int, height: int) -> UInt8[np.ndarray, "H W 3"]:
    """Decoded HDR frame to 8-bit BT.709 RGB, as a display of 203 nits would show it.

    What is darker than about 87 nits, skin in usual light among it, keeps its luminance; brighter parts are pressed
    together up to 1,000 nits, by their brightest channel, so that hues stay.

    Reference: ITU-R BT.2100 tables 4 and 5, BT.2390 section 5.4, BT.2408.
    """
    nits = _light(colour.to_rgb48(frame, tags, width, height), tags["transfer"])
    brightest = nits.max(axis=-1, keepdims=True)
    grid, factors = _knee()
    light = nits * np.interp(brightest, grid, factors).astype(np.float32) / np.float32(_WHITE_NITS)
    if (matrix := _TO_BT709.get(tags.get("primaries", colour.UNSPECIFIED))) is not None:
        light = light @ matrix.T
    return np.rint(light.clip(0.0, 1.0) ** (1.0 / _DISPLAY_GAMMA) * 255.0).astype(np.uint8)


def _light(codes: UInt16[np.ndarray, "H W 3"], transfer: int) -> Float[np.ndarray, "H W 3"]:
    """Light of the display in nits."""
    if transfer == 16:
        return _pq_table()[codes]
    scene = _hlg_table()[codes]
    luminance = scene @ _LUMINANCE
    return scene * (_PEAK_NITS * luminance ** (_HLG_SYSTEM_GAMMA - 1.0))[..., None]


@cache
def _pq_table() -> Float[np.ndarray, " C"]:
    return pq_nits(np.arange(_LARGEST_CODE + 1) / _LARGEST_CODE).astype(np.float32)


@cache
def _hlg_table() -> Float[np.ndarray, " C"]:
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    signal = np.arange(_LARGEST_CODE + 1) / _LARGEST_CODE
    return np.where(signal <= 0.5, signal**2 / 3.0, (np.exp((signal - c) / a) + b) / 12.0).astype(np.float32)


@cache
def _knee() -> tuple[Float[np.ndarray, " G"], Float[np.ndarray, " G"]]:
    """Nits, and what they are multiplied with: BT.2390's roll-off from 1,000 nits to reference white."""
    nits = np.concatenate([[0.0], np.geomspace(1.0, 10000.0, 2048)])
    white, top = pq_signal(np.array([_WHITE_NITS, _PEAK_NITS]))
    signal, largest = np.minimum(pq_signal(nits) / top, 1.0), white / top
    start = 1.5 * largest - 0.5
    t = np.maximum((signal - start) / (1.0 - start), 0.0)
    curve = (2 * t**3 - 3 * t**2 + 1) * start + (t**3 - 2 * t**2 + t) * (1 - start) + (-2 * t**3 + 3 * t**2) * largest
    shown = pq_nits(np.where(signal < start, signal, curve) * top)
    return nits, np.divide(shown, nits, out=np.ones_like(nits), where=nits > 0)


_M1, _M2, _C1, _C2, _C3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128


def pq_signal(nits: Float[np.ndarray, " *n"]) -> Float[np.ndarray, " *n"]:
    """Signal in [0, 1] of a luminance up to 10,000 nits (SMPTE ST 2084)."""
    power = (nits / 10000.0) ** _M1
    return ((_C1 + _C2 * power) / (1.0 + _C3 * power)) ** _M2


def pq_nits(signal: Float[np.ndarray, " *n"]) -> Float[np.ndarray, " *n"]:
    """Luminance in nits of a signal in [0, 1]; the inverse of `pq_signal`."""
    power = signal ** (1.0 / _M2)
    return 10000.0 * (np.maximum(power - _C1, 0.0) / (_C2 - _C3 * power)) ** (1.0 / _M1)
