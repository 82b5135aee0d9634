"""One clip, aligned, inverted and tuned once, and any number of edits of it."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from jaxtyping import UInt8
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from stitch_exp.api import compose, door
from stitch_exp.api.face import TunedFace
from stitch_exp.config import schema
from stitch_exp.errors import ConfigError
from stitch_exp.types import Clip, Workspace

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
        self._builder, self.clip, self._faces = _prepared(self._words, self._console, listener)

    @property
    def clip_frames(self) -> int:
        """Number of frames of the clip."""
        return len(self.clip.frames)

    @property
    def frame_numbers(self) -> list[int]:
        """The frames that have a usable face."""
        return sorted({number for face in self._faces for number in face.frame_numbers})

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
        builder = copy.copy(self._builder)  # shares the networks that are loaded
        builder.cfg = self._config(edit, strength)
        frames = self.clip.frames
        for face in reversed(self._in(frame)):
            edited = face.edited(frame, self.clip, builder)
            frames = edited.faces(frames) if edited.faces is not None else edited.clip.frames
        return np.asarray(frames[frame])

    def face_box(self, frame: int) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of the square around the (most prominent) face in whole pixels, inside the frame.

        Raises:
            ConfigError: The frame has no face.
        """
        if self._checked(frame) not in self.frame_numbers:
            raise ConfigError(f"frame {frame} has no face; frame_numbers lists those that have one")
        face = self._in(frame)[0]
        quad = face.aligned.quads[face.frame_numbers.index(frame)] + 0.5
        limits = np.array([self.clip.width, self.clip.height])
        (left, top), (right, bottom) = np.clip(np.floor([quad.min(0), quad.max(0)]).astype(int), 0, limits)
        return int(left), int(top), int(right), int(bottom)

    def render(
        self, edit: str, strength: float | int | None = None, *, listener: door.Listener | None = None
    ) -> door.Result:
        """The whole clip, as `stitch_exp.edit` renders it; alignment, pivots and tuning come from the store."""
        power = [] if strength is None else [f"edit.strength={float(strength)}"]
        return door.run([*self._words, f"edit={edit}", *power], self._console, listener)

    def _in(self, frame: int) -> list[TunedFace]:
        """The faces in a frame, the most prominent first."""
        return [face for face in self._faces if frame in face.frame_numbers]

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


def _prepared(words: list[str], console: Console, listener: door.Listener | None) -> tuple[Any, Clip, list[TunedFace]]:
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
        with_what = builder.store(), Workspace(track=mapped.releasing(screen.track)), Costs().measure
        if cfg.aligner.follow == "all":
            crowd = pipeline.prepare_everybody(stages, *with_what)
            source, people = crowd.source, [prepared for _, prepared in crowd.people]
        else:
            people = [pipeline.prepare(stages, pipeline.Line(*with_what))]
            source = people[0].source
    return builder, source, [TunedFace(one.aligned.value, one.tuned.value) for one in people]
