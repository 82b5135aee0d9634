"""One clip, aligned, inverted and tuned once, and any number of edits of it."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from jaxtyping import UInt8
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from stitch_exp.api import compose, door
from stitch_exp.config import schema
from stitch_exp.errors import ConfigError
from stitch_exp.types import AlignedClip, Clip, TunedGenerator, Workspace

QUICK = ("stitching=border_fast",)
"""One frame is shown with the cheapest stitching, whatever `render` uses."""


class Session:
    """Keeps a clip's tuned generator in memory: one edited frame costs one rendering, a video no second tuning.

    What the preparation makes goes through the same store as every run, so it is there at once the next time.

    Args:
        video: A video file, a folder of images, or None for the embedded sample clip.
        start: First frame.
        frames: Number of frames; None for all.
        settings: As in `stitch_exp.edit`.
        listener: Hears the progress of the preparation.
        quiet: Print nothing.

    Attributes:
        clip: The source.

    Raises:
        StitchError: As `stitch_exp.edit`.
    """

    def __init__(
        self,
        video: str | Path | None = None,
        *,
        start: int = 0,
        frames: int | None = None,
        settings: Mapping[str, Any] | Sequence[str] = (),
        listener: door.Listener | None = None,
        quiet: bool = False,
    ) -> None:
        more = compose.words(settings) if isinstance(settings, Mapping) else list(settings)
        self._words = [*compose.video_words(video, start, frames), *more]
        self._console = Console(stderr=True, quiet=quiet)
        self._configs: dict[str, DictConfig] = {}
        self._builder, self.clip, self._aligned, self._tuned = _prepared(self._words, self._console, listener)

    @property
    def clip_frames(self) -> int:
        """Number of frames of the clip."""
        return len(self.clip.frames)

    @property
    def frame_numbers(self) -> list[int]:
        """The frames that have a usable face."""
        return [int(number) for number in self._aligned.frame_index]

    def edits(self) -> list[str]:
        """The linear edits this model has directions for."""
        from stitch_exp.edit.directions import Directions

        known = Directions(self._builder.cfg.model.directions).vectors
        files = sorted((schema.config_folder() / "edit").glob("[!_]*.yaml"))
        return [path.stem for path in files if yaml.safe_load(path.read_text()).get("attribute") in known]

    def strength(self, edit: str) -> float:
        """The strength of one of `edits()` where none is given."""
        return float(self._config(edit, None).edit.strength)

    def source(self, frame: int) -> UInt8[np.ndarray, "H W 3"]:
        """A frame of the clip as it was filmed."""
        return np.asarray(self.clip.frames[self._checked(frame)])

    def frame(self, edit: str, strength: float | int | None = None, *, frame: int) -> UInt8[np.ndarray, "H W 3"]:
        """One edited frame; the source's own where it has no face.

        Args:
            edit: An option of `edit=`.
            strength: As in `stitch_exp.edit`.
            frame: Number of the frame in the clip.

        Raises:
            ConfigError: No such edit or frame.
        """
        if self._checked(frame) not in self.frame_numbers:
            return self.source(frame)
        n = self.frame_numbers.index(frame)
        builder = copy.copy(self._builder)  # shares the networks that are loaded
        builder.cfg = self._config(edit, strength)
        aligned, tuned = _one(self._aligned, n), replace(self._tuned, **_cut(self._tuned, n))
        edited = builder.stage("edit")(tuned, Workspace())
        stitched = builder.stage("stitching")(aligned, tuned, edited, Workspace())
        composed = builder.stage("composite")(self.clip, aligned, tuned, stitched)
        return np.asarray(composed.clip.frames[frame])

    def face_box(self, frame: int) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of the square around the face in whole pixels, inside the frame.

        Raises:
            ConfigError: The frame has no face.
        """
        if self._checked(frame) not in self.frame_numbers:
            raise ConfigError(f"frame {frame} has no face; frame_numbers lists those that have one")
        quad = self._aligned.quads[self.frame_numbers.index(frame)] + 0.5
        limits = np.array([self.clip.width, self.clip.height])
        (left, top), (right, bottom) = np.clip(np.floor([quad.min(0), quad.max(0)]).astype(int), 0, limits)
        return int(left), int(top), int(right), int(bottom)

    def render(
        self, edit: str, strength: float | int | None = None, *, listener: door.Listener | None = None
    ) -> door.Result:
        """The whole clip, as `stitch_exp.edit` renders it; alignment, pivots and tuning come from the store."""
        power = [] if strength is None else [f"edit.strength={float(strength)}"]
        return door.run([*self._words, f"edit={edit}", *power], self._console, listener)

    def _checked(self, frame: int) -> int:
        if not 0 <= frame < self.clip_frames:
            raise ConfigError(f"frame={frame}: '{self.clip.name}' has frames 0 to {self.clip_frames - 1}")
        return frame

    def _config(self, edit: str, strength: float | int | None) -> DictConfig:
        if edit not in self._configs:
            cfg = compose.plain(compose.settings([*self._words, *QUICK, f"edit={edit}"]))
            if cfg.model.get("sides"):  # settled once, for the clip
                cfg.model.resolution, cfg.model.sides = self._builder.cfg.model.resolution, None
            self._configs[edit] = cfg
        cfg = self._configs[edit]
        if strength is None:
            return cfg
        if "strength" not in cfg.edit:
            raise ConfigError(f"edit={edit} has no strength")
        return OmegaConf.merge(cfg, {"edit": {"strength": float(strength)}})  # type: ignore[return-value]


def _prepared(
    words: list[str], console: Console, listener: door.Listener | None
) -> tuple[Any, Clip, AlignedClip, TunedGenerator]:
    from stitch_exp import pipeline
    from stitch_exp.app.deliver import ready
    from stitch_exp.building.builder import Builder
    from stitch_exp.building.resolution import settled
    from stitch_exp.console.progress import Costs, Screen
    from stitch_exp.store import mapped

    cfg = compose.plain(compose.settings(words))
    ready(cfg)
    screen = Screen(console, listener)
    with screen.bars:
        builder = Builder(settled(cfg))
        stages = builder.stages()
        line = pipeline.Line(builder.store(), Workspace(track=mapped.releasing(screen.track)), Costs().measure)
        prepared = pipeline.prepare(stages, line)
    return builder, prepared.source, prepared.aligned.value, prepared.tuned.value


def _one(aligned: AlignedClip, n: int) -> AlignedClip:
    part = slice(n, n + 1)
    return replace(
        aligned,
        crops=aligned.crops[part],
        frame_index=aligned.frame_index[part],
        frame_from_crop=aligned.frame_from_crop[part],
        quads=aligned.quads[part],
        landmarks=aligned.landmarks[part],
        opacity=None if aligned.opacity is None else aligned.opacity[part],
    )


def _cut(tuned: TunedGenerator, n: int) -> dict[str, Any]:
    return {"pivots": tuned.pivots[n : n + 1], "inversions": tuned.inversions[n : n + 1]}
