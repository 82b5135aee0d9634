"""The door for Python: `stitch_exp.edit(...)` runs what `run.py` runs and returns where everything lies."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from stitch_exp.api import compose
from stitch_exp.console import environment
from stitch_exp.console.progress import Listener
from stitch_exp.types import FrameSource


@dataclass(frozen=True)
class Result:
    """A finished run.

    Example:
        >>> result = stitch_exp.edit("clip.mp4", edit="age", strength=2)
        >>> result.metrics["tl_id"], result.frames[0].shape
    """

    folder: Path
    """The run folder."""
    metrics: Mapping[str, float]
    """Value of each metric by name; NaN where it is undefined."""
    status: Mapping[str, Any] = field(repr=False)
    """Seconds and memory of each stage, stages taken from the store."""

    @property
    def video(self) -> Path:
        """The edited video."""
        return self.folder / "edited.mp4"

    @property
    def comparison(self) -> Path | None:
        """Source and result side by side, or None if it was not asked for."""
        path = self.folder / "comparison.mp4"
        return path if path.is_file() else None

    @property
    def report(self) -> Path:
        """The page with pictures, curves and numbers."""
        return self.folder / "report.html"

    @property
    def frames(self) -> FrameSource:
        """The edited frames (RGB, uint8), decoded when they are read."""
        from stitch_exp.video import FileVideo

        return FileVideo(path=str(self.video), start=0, frames=None)().frames

    def show(self, width: int = 640) -> Any:
        """The comparison, or else the edited video, as a player in a notebook.

        Args:
            width: Width of the player in pixels.
        """
        from IPython.display import Video

        return Video(str(self.comparison or self.video), embed=True, width=width)


def edit_clip(
    video: str | Path | None = None,
    *,
    edit: str = "age",
    strength: float | int | None = None,
    start: int = 0,
    frames: int | None = None,
    settings: Mapping[str, Any] | Sequence[str] = (),
    listener: Listener | None = None,
    quiet: bool = False,
) -> Result:
    """Edit a clip as `run.py` does: same checks, same store, same run folder.

    Args:
        video: A video file, a folder of images, or None for the embedded sample clip.
        edit: What to change, an option of `edit=`.
        strength: How far, in standard deviations of the attribute; the sign is the direction. None for the edit's own.
        start: First frame.
        frames: Number of frames; None for all.
        settings: Everything else `run.py` takes: `{"model": "mini", "tuning.loss.l2_weight": 1.0}`, or the words of
            its command line, `["model=mini", "mode=preview"]`.
        listener: Hears the progress, see `Listener`.
        quiet: Print nothing.

    Raises:
        ConfigError: Settings that do not fit; the message lists all of them.
        StitchError: The clip or a file is at fault, see `stitch_exp.errors`.
    """
    more = compose.words(settings) if isinstance(settings, Mapping) else list(settings)
    power = [] if strength is None else [f"edit.strength={float(strength)}"]
    overrides = [*compose.video_words(video, start, frames), f"edit={edit}", *power, *more]
    return run(overrides, Console(stderr=True, quiet=quiet), listener)


def run(overrides: Sequence[str], console: Console, listener: Listener | None = None) -> Result:
    """Run one job with these overrides in a folder of its own.

    Args:
        overrides: As typed behind `run.py`.
        console: Where progress and summary are printed.
        listener: Hears the progress.

    Raises:
        StitchError: See `edit_clip`.
    """
    cfg = compose.settings(overrides)
    experiment = Path(cfg.paths.outputs) / cfg.experiment_name
    folder = _new_folder(experiment)
    silence = contextlib.redirect_stdout(io.StringIO()) if console.quiet else contextlib.nullcontext()
    try:
        with compose.as_a_job(cfg, folder) as job, silence:
            status = _done(job, folder, console, listener)
    finally:
        environment.return_freed_memory()
    return Result(folder, _values(folder), status)


def _done(cfg: Any, folder: Path, console: Console, listener: Listener | None) -> dict[str, Any]:
    """What `job` does with one cell, but that errors are raised here, not told on a console."""
    from stitch_exp.app.cell import cell_key
    from stitch_exp.app.job import logged_to, recorded, runner
    from stitch_exp.console.messages import unwrapped, write_traceback

    with logged_to(folder / "run.log"):
        try:
            with recorded(cfg, folder, cell_key(cfg)) as status:
                status.update(runner()(cfg, folder, console, listener), status="complete")
        except Exception as error:
            write_traceback()
            inner = unwrapped(error)
            if inner is error:
                raise
            raise inner from None
    return status


def _new_folder(experiment: Path) -> Path:
    """A run folder named by the time, as Hydra names them, and by a number if two runs start in one second."""
    name = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    for number in range(1, 1000):
        folder = experiment / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder
    raise FileExistsError(f"{experiment}/{name}-*")


def _values(folder: Path) -> dict[str, float]:
    from stitch_exp.report.records import keyed, read_metrics

    return {key: item.value for key, item in keyed(read_metrics(folder).results).items()}
