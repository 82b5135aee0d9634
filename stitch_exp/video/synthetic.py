"""`video=synthetic`: a talking head made by the generator, a clip that shows no real person."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8

from stitch_exp.errors import ConfigError
from stitch_exp.ops.ranges import to_pixels
from stitch_exp.types import Clip, GroundTruth
from stitch_exp.video.limits import check_size
from stitch_exp.video.scene import Camera, Scene
from stitch_exp.weights.reading import read_tensors

PERIODS_S = {"yaw": 2.9, "mouth_open": 0.55, "smile": 2.1, "pitch": 1.7}
"""How long one swing of an attribute takes; others take 2 seconds."""
_BLINK_EVERY_S, _BLINK_S = 1.6, 0.24


class SyntheticVideo:
    """A face of the generator turns, talks and smiles while it moves before a sliding, textured background.

    Every attribute swings like a sine of its own period; the head drifts, rolls and comes nearer. The same settings
    and weights give the same frames, made when they are read. The clip says what it was made of (`Clip.truth`), so
    that a method's pivots, edit and border can be compared with the right ones.

    Args:
        frames: Number of frames of the clip, 1 or more.
        height: Height of the frame in pixels.
        width: Width of the frame in pixels.
        fps: Frames per second.
        seed: Which face and which background.
        truncation: How far the face is from the mean face, 0 to 1.
        amplitudes: How far the face moves along each direction at most, by the direction's name.
        blinks: Direction name to its strength while the eyes are shut, a quarter of a second every 1.6 s.
        shake_px: Largest movement of a hand-held camera; 0 is a tripod.
        jpeg_quality: Each frame is compressed as JPEG of this quality; None: not at all.
        directions: File of safetensors with a direction for each of these names.
        generator: Makes the face; see `docs/architecture.md`.
        digest: What the clip must be, so that everybody measures the same one; None: whatever the settings make.

    Raises:
        ConfigError: A direction is not known, or the clip is another one than `digest` says.
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
        blinks: Mapping[str, float],
        shake_px: float,
        jpeg_quality: int | None,
        directions: str,
        generator: Any,
        digest: str | None = None,
    ) -> None:
        self.size, self.fps, self.frames, self.seed = (height, width), fps, frames, seed
        check_size("video=synthetic", width, height)
        self.camera = Camera(shake_px, jpeg_quality)
        self.generator = generator
        known = read_tensors(Path(directions))[0]
        unknown = [name for name in (*amplitudes, *blinks) if name not in known]
        if unknown:
            raise ConfigError(f"video.amplitudes has {unknown[0]!r}; {directions} has: {', '.join(sorted(known))}")
        self.swings = {name: value * known[name].float() for name, value in amplitudes.items()}
        self.blinks = {name: value * known[name].float() for name, value in blinks.items()}
        more = [dict(blinks), shake_px, jpeg_quality]
        settings = [frames, height, width, fps, seed, truncation, dict(amplitudes)]
        self.recipe = json.dumps(settings + more * (more != [{}, 0.0, None]), sort_keys=True)
        self.truncation = truncation
        if digest not in (None, self._digest()):
            raise ConfigError(
                f"video.digest: these settings and this model at model.resolution={generator.resolution} make another "
                f"clip ({self._digest()[:12]}) than {digest[:12]}; undo what was changed, or add video.digest=null"
            )

    def __call__(self) -> Clip:
        """The clip; a frame costs one evaluation of the generator when it is read."""
        scene = Scene(self.size, self.seed, self.camera)
        code = self._code()

        def code_of(index: int) -> Float[torch.Tensor, "L D"]:
            return self._moved(code, index / self.fps)[0]

        frames = SyntheticFrames(self.generator, code_of, scene, self.frames, self.fps)
        return Clip(
            name=f"synthetic {self.seed}", frames=frames, height=self.size[0], width=self.size[1],
            fps=Fraction(self.fps), pts=np.arange(self.frames), time_base=Fraction(1, self.fps), digest=self._digest(),
            truth=GroundTruth(code_of, frames.render, frames.head),
        )  # fmt: skip

    def _code(self) -> Float[torch.Tensor, "1 L D"]:
        device = next(self.generator.parameters()).device
        noise = torch.randn(1, self.generator.z_dim, generator=torch.Generator().manual_seed(self.seed))
        with torch.no_grad():
            return self.generator.map(noise.to(device), truncation_psi=self.truncation).cpu()

    def _moved(self, code: Float[torch.Tensor, "1 L D"], seconds: float) -> Float[torch.Tensor, "1 L D"]:
        for name, step in self.swings.items():
            phase = 2.0 * np.pi * seconds / PERIODS_S.get(name, 2.0)
            code = code + step.reshape(-1, step.shape[-1]) * float(np.sin(phase))
        for step in self.blinks.values():
            code = code + step.reshape(-1, step.shape[-1]) * lid(seconds)
        return code

    def _digest(self) -> str:
        content = hashlib.sha256(self.recipe.encode())
        for tensor in (*self.generator.state_dict().values(), *self.swings.values(), *self.blinks.values()):
            content.update(tensor.detach().cpu().contiguous().numpy().tobytes())
        return content.hexdigest()


def lid(seconds: float) -> float:
    """How far the eyes are shut at a time, 0 to 1."""
    away = abs(seconds % _BLINK_EVERY_S - _BLINK_EVERY_S / 2.0)
    return max(0.0, 1.0 - away / (_BLINK_S / 2.0))


class SyntheticFrames:
    """The frames of a synthetic clip, as a `types.FrameSource`, and what they were made of."""

    def __init__(
        self, generator: Any, code_of: Callable[[int], torch.Tensor], scene: Scene, count: int, fps: int
    ) -> None:
        self._generator, self._code_of, self._scene, self._count, self._fps = generator, code_of, scene, count, fps

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[UInt8[np.ndarray, "H W 3"]]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> UInt8[np.ndarray, "H W 3"]:
        """Frame `index`; negative numbers count from the end."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"frame {index} of a clip of {len(self)} frames")
        return self.render(index % len(self), self._code_of(index % len(self)))

    def render(self, index: int, code: Float[torch.Tensor, "L D"]) -> UInt8[np.ndarray, "H W 3"]:
        """Frame `index` with the face of another code in the same place, under the same camera."""
        with torch.no_grad():
            device = next(self._generator.parameters()).device
            face = to_pixels(self._generator(code[None].to(device), noise_mode="const")[0])
        return self._scene.frame(face, index / self._fps)

    def head(self, index: int) -> Float[np.ndarray, "H W"]:
        """How opaque the face is in frame `index`, 0 to 1."""
        return self._scene.head(self._generator.resolution, index / self._fps)
