"""Deterministic weights and inputs shared with the golden files (SPEC 13.1).

Every tensor is filled from its own state-dict key, so any implementation with the same keys gets the same numbers.
"""

import re
import zlib
from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

LEFT_ALONE = re.compile(
    r"(resample_filter|\.kernel|up_filter|down_filter|synthesis\.input\.transform|scaling_layer\.shift|scaling_layer\.scale)$"
)
EQUALISED = re.compile(r"(^|\.)(linear\.weight|dense\.\d+\.weight)$")


def _normals(key: str, shape: tuple[int, ...]) -> Tensor:
    values = np.random.default_rng(zlib.crc32(key.encode())).standard_normal(shape).astype(np.float32)
    return torch.from_numpy(np.asarray(values))


def rand(name: str, shape: tuple[int, ...], scale: float = 1.0) -> Tensor:
    """Normals that depend on the name only."""
    return scale * _normals("input:" + name, tuple(shape))


def smooth_image(name: str, height: int, width: int) -> Tensor:
    """A smooth random image [1, 3, H, W] inside (-1, 1)."""
    coarse = rand(name, (1, 3, 8, 8))
    return torch.tanh(F.interpolate(coarse, (height, width), mode="bilinear", align_corners=True))


def _plain(key: str, shape: tuple[int, ...], n: Tensor, keys: set[str]) -> Tensor:
    if key.endswith("running_var"):
        return 1 + (0.1 * n).abs()
    if len(shape) == 1 and key.endswith(".weight") and key[: -len("weight")] + "running_mean" in keys:
        return 1 + 0.1 * n
    if EQUALISED.search(key):
        return n
    return n / np.sqrt(np.prod(shape[1:])) if len(shape) >= 2 else 0.1 * n


def _nvidia(key: str, shape: tuple[int, ...], n: Tensor, keys: set[str]) -> Tensor:
    if re.search(r"mapping\.fc\d+\.(weight|bias)$", key):
        return n * (100 if key.endswith("weight") else 10)
    if key.endswith("magnitude_ema"):
        return 1 + (0.1 * n).abs()
    if key.endswith("input.affine.bias"):
        return torch.tensor([1.0, 0, 0, 0]) + 0.1 * n
    if key.endswith("affine.bias"):
        return 1 + 0.1 * n
    if key.endswith("input.affine.weight"):
        return 0.1 * n
    return n if key.endswith(("noise_const", "freqs")) or len(shape) >= 2 else 0.1 * n


def _rosinality(key: str, shape: tuple[int, ...], n: Tensor, keys: set[str]) -> Tensor:
    if re.search(r"(^|\.)style\.\d+\.(weight|bias)$", key):
        return n * (100 if key.endswith("weight") else 10)
    if key.endswith("modulation.bias"):
        return 1 + 0.1 * n
    if key.endswith(("bias", "noise.weight")):
        return 0.1 * n
    return n if len(shape) >= 2 else 0.1 * n


def _lpips(key: str, shape: tuple[int, ...], n: Tensor, keys: set[str]) -> Tensor:
    if re.search(r"(^|\.)lins?\.?\d+\.", key):
        return n.abs() / np.sqrt(np.prod(shape[1:]))
    return _plain(key, shape, n, keys)


def _mapper(key: str, shape: tuple[int, ...], n: Tensor, keys: set[str]) -> Tensor:
    return n * (100 if key.endswith("weight") else 10)


FAMILIES = {
    "plain": _plain,
    "sg2ada": _nvidia,
    "sg3": _nvidia,
    "rosinality": _rosinality,
    "lpips": _lpips,
    "mapper": _mapper,
}


def fill_state_dict(target: nn.Module | Mapping[str, Tensor], family: str) -> dict[str, Tensor]:
    """The state dict of `target` with every floating tensor replaced by the recipe.

    Args:
        target: A module or a state dict; its keys and shapes are what counts. A module is not changed.
        family: One of `plain`, `sg2ada`, `sg3`, `rosinality`, `lpips`, `mapper`.
    """
    state = target.state_dict() if isinstance(target, nn.Module) else target
    return {key: _filled(key, value, family, set(state)) for key, value in sorted(state.items())}


def _filled(key: str, value: Tensor, family: str, keys: set[str]) -> Tensor:
    if not value.is_floating_point() or LEFT_ALONE.search(key):
        return value
    shape = tuple(value.shape)
    return FAMILIES[family](key, shape, _normals(key, shape), keys).to(torch.float32).reshape(shape)
