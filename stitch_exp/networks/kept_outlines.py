"""Outlines of a clip's own heads are the same for every edit and strength of it: found once, they are kept."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

import numpy as np
from jaxtyping import Bool, Float, UInt8

from stitch_exp.networks.roles import Heads, Segmenter

MOST_BYTES = 2**27
"""Of outlines kept; those that were not asked for the longest go first."""
Binary = tuple[Bool[np.ndarray, "N S S"], Bool[np.ndarray, "N S S"] | None]


class KeptOutlines:
    """A segmenter that remembers what it found, as long as that is 0 and 1.

    Crops are known together or not at all: a network's answer may depend by a rounding on what else is in its batch,
    and what is made must not depend on what was asked before.

    Args:
        segmenter: What finds outlines.
        most_bytes: How much is kept.
    """

    def __init__(self, segmenter: Segmenter, most_bytes: int = MOST_BYTES) -> None:
        self.segmenter, self.most_bytes = segmenter, most_bytes
        self._kept: OrderedDict[bytes, Binary] = OrderedDict()

    def __call__(self, crops: UInt8[np.ndarray, "N S S 3"], landmarks: Float[np.ndarray, "N K 2"]) -> Heads:
        """Outlines of these crops."""
        key = _digest(crops, landmarks)
        if key in self._kept:
            self._kept.move_to_end(key)
            outline, hair = self._kept[key]
            return Heads(outline.astype(np.float32), None if hair is None else hair.astype(np.float32))
        heads = self.segmenter(crops, landmarks)
        if _binary(heads.outline) and (heads.hair is None or _binary(heads.hair)):
            self._kept[key] = heads.outline > 0, None if heads.hair is None else heads.hair > 0
        while sum(map(_size, self._kept.values())) > self.most_bytes:
            self._kept.popitem(last=False)
        return heads


def _digest(*arrays: np.ndarray) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for array in arrays:
        digest.update(str(array.shape).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.digest()


def _binary(mask: np.ndarray) -> bool:
    return bool(((mask == 0) | (mask == 1)).all())


def _size(kept: Binary) -> int:
    return sum(mask.nbytes for mask in kept if mask is not None)
