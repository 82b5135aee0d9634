"""`video=synthetic`: a talking head made by the generator, a clip that shows no real person."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from jaxtyping import Float, UInt8

from stitch_exp.errors import ConfigError
from stitch_exp.ops.ranges import to_pixels
from stitch_exp.types import Clip
from stitch_exp.weights.reading import read_tensors

PERIODS_S = {"yaw": 2.9, "mouth_open": 0.55, "smile": 2.1, "pitch": 1.7}
"""How long one swing of an attribute takes; others take 2 seconds."""


class SyntheticVideo:
    """A face of the generator turns, talks and smiles while it moves before a sliding, textured background.

    Every attribute swings like a sine of its own period; the head drifts, rolls and comes nearer. The same settings
    and weights give the same frames, made when they are read.

    Args:
        frames: Number of frames.
        height: Height of the frame in pixels.
        width: Width of the frame in pixels.
        fps: Frames per second.
        seed: Which face and which background.
        truncation: How far the face is from the mean face, 0 to 1.
        amplitudes: Direction name to its largest strength.
        directions: safetensors file with a direction for each name.
        generator: Makes the face; see `docs/architecture.md`.
    """

    def __init__(
        self,
        *,
        frames: int,
        height: int,
        width: int,
        fps: int,
        seed: int,
        truncation: float,
        amplitudes: Mapping[str, float],
        directions: str,
        generator: Any,
    ) -> None:
        self.size, self.fps, self.frames, self.seed = (height, width), fps, frames, seed
        self.generator = generator
        known = read_tensors(Path(directions))[0]
        unknown = [name for name in amplitudes if name not in known]
        if unknown:
            raise ConfigError(f"video.amplitudes has {unknown[0]!r}; {directions} has: {', '.join(sorted(known))}")
        self.steps = {name: value * known[name].float() for name, value in amplitudes.items()}
        self.recipe = json.dumps([frames, height, width, fps, seed, truncation, dict(amplitudes)], sort_keys=True)
        self.truncation = truncation

    def __call__(self) -> Clip:
        """The clip; a frame costs one evaluation of the generator when it is read."""
        device = next(self.generator.parameters()).device
        noise = torch.randn(1, self.generator.z_dim, generator=torch.Generator().manual_seed(self.seed))
        with torch.no_grad():
            code = self.generator.map(noise.to(device), truncation_psi=self.truncation)
        steps = {name: step.to(device).reshape(-1, step.shape[-1]) for name, step in self.steps.items()}
        frames = SyntheticFrames(self.generator, code, steps, self.frames, self.size, self.fps, self.seed)
        return Clip(
            name=f"synthetic {self.seed}", frames=frames, height=self.size[0], width=self.size[1],
            fps=Fraction(self.fps), pts=np.arange(self.frames), time_base=Fraction(1, self.fps), digest=self._digest(),
        )  # fmt: skip

    def _digest(self) -> str:
        content = hashlib.sha256(self.recipe.encode())
        for tensor in (*self.generator.state_dict().values(), *self.steps.values()):
            content.update(tensor.detach().cpu().contiguous().numpy().tobytes())
        return content.hexdigest()


class SyntheticFrames:
    """The frames of a synthetic clip, as a `types.FrameSource`."""

    def __init__(
        self,
        generator: Any,
        code: Float[torch.Tensor, "1 L D"],
        steps: Mapping[str, Float[torch.Tensor, "R D"]],
        count: int,
        size: tuple[int, int],
        fps: int,
        seed: int,
    ) -> None:
        self._generator, self._code, self._steps = generator, code, steps
        self._count, self._size, self._fps = count, size, fps
        self._texture = _texture(size, seed)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[UInt8[np.ndarray, "H W 3"]]:
        return (self[index] for index in range(self._count))

    def __getitem__(self, index: int) -> UInt8[np.ndarray, "H W 3"]:
        """Frame `index`; negative numbers count from the end."""
        if not -self._count <= index < self._count:
            raise IndexError(f"frame {index} of a clip of {self._count} frames")
        seconds = index % self._count / self._fps
        face = self._face(seconds)
        placement = _placement(seconds, face.shape[0], self._size)
        height, width = self._size
        shift = int(30 * seconds) % self._texture.shape[1]
        background = np.roll(self._texture, -shift, axis=1)[:height, :width]
        moved = cv2.warpAffine(face.astype(np.float32), placement, (width, height), borderMode=cv2.BORDER_REPLICATE)
        alpha = cv2.warpAffine(_outline(face.shape[0]), placement, (width, height))[..., None]
        return np.rint(background * (1.0 - alpha) + moved * alpha).clip(0, 255).astype(np.uint8)

    def _face(self, seconds: float) -> UInt8[np.ndarray, "S S 3"]:
        code = self._code
        for name, step in self._steps.items():
            code = code + step * float(np.sin(2.0 * np.pi * seconds / PERIODS_S.get(name, 2.0)))
        with torch.no_grad():
            return to_pixels(self._generator(code, noise_mode="const")[0])


def _placement(seconds: float, side: int, size: tuple[int, int]) -> Float[np.ndarray, "2 3"]:
    """Where the face lies: 60 % of the frame's height, drifting, rolling and zooming a little."""
    height, width = size
    angle = 4.0 * np.sin(2.0 * np.pi * seconds / 3.7)
    scale = 0.8 * height / side * (1.0 + 0.05 * np.sin(2.0 * np.pi * seconds / 4.3))
    placement = cv2.getRotationMatrix2D((side / 2.0, side / 2.0), angle, scale)
    drift = np.array(
        [0.06 * width * np.sin(2 * np.pi * seconds / 3.1), 0.03 * height * np.sin(2 * np.pi * seconds / 2.3)]
    )
    placement[:, 2] += np.array([width, height * 1.06]) / 2.0 - side / 2.0 + drift
    return placement


def _outline(side: int) -> Float[np.ndarray, "S S"]:
    """An oval that is opaque over the head and soft at its edge."""
    y, x = np.mgrid[0:side, 0:side] / (side - 1) * 2.0 - 1.0
    distance = np.sqrt((x / 0.93) ** 2 + (y / 0.97) ** 4)
    return np.clip((1.0 - distance) / 0.12, 0.0, 1.0).astype(np.float32)


def _texture(size: tuple[int, int], seed: int) -> Float[np.ndarray, "H V 3"]:
    """Coloured blobs of several sizes, periodic from left to right."""
    height, width = size
    rng = np.random.default_rng(seed)
    texture = np.full((height, 2 * width, 3), 110.0)
    for cells, strength in ((4, 40.0), (12, 22.0), (40, 10.0)):
        grey, colour = rng.standard_normal((cells, 2 * cells, 1)), rng.standard_normal((cells, 2 * cells, 3))
        coarse = 0.9 * grey + 0.25 * colour
        coarse = np.concatenate([coarse, coarse[:, :1]], axis=1)
        texture += strength * cv2.resize(coarse, (2 * width, height), interpolation=cv2.INTER_CUBIC)
    return texture.clip(0, 255).astype(np.float32)
