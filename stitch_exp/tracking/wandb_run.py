"""One Weights & Biases run for a job. Whatever W&B cannot do costs a warning, never the job."""

from __future__ import annotations

import logging
import math
import os
import shlex
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.markup import escape

from stitch_exp.console.messages import console
from stitch_exp.report.records import keyed
from stitch_exp.types import Report

log = logging.getLogger("stitch_exp")

PROBE_SECONDS = 5.0
INIT_SECONDS = 30.0
FINISH_SECONDS = {"offline": 30.0, "online": 300.0}
FAILED_SECONDS = 5.0
"""Who stops a run by a signal does not wait for its upload."""
FILES = ("edited.mp4", "report.html", "metrics.json", "frames.csv", "losses.csv", "config.yaml", "provenance.json")
"""What of a run folder goes into the run's artifact."""


def start_run(folder: Path, settings: Mapping[str, Any], name: str, **more: Any) -> Any:
    """Start a W&B run that writes into `folder` and prints nothing; None, after a warning, if W&B cannot.

    `WANDB_MODE` wins over `logger.mode`, tags of `WANDB_TAGS` are kept beside those of `logger.tags`, and a run with an
    id (`logger.id` or `WANDB_RUN_ID`) goes on where it stopped.

    Args:
        folder: Its files go to `wandb/` inside.
        settings: The `logger` group.
        name: What the run is called.
        more: Further arguments of `wandb.init`.
    """
    os.environ.setdefault("WANDB_SILENT", "true")
    try:
        import wandb

        mode: Any = os.environ.get("WANDB_MODE") or settings["mode"]  # W&B refuses what it does not know
        wrong = _unreachable(wandb) if mode == "online" else None
        if wrong is not None:
            log.warning("W&B: %s; the run is recorded offline", wrong)
            mode = "offline"
        if not os.access(folder, os.W_OK):
            raise OSError(f"{folder} cannot be written")
        return wandb.init(
            project=settings["project"], entity=settings["entity"], mode=mode, tags=_tags(settings),
            dir=str(folder), name=name, reinit="finish_previous", **_identity(settings),
            settings=wandb.Settings(console="off", silent=True, x_disable_stats=True, init_timeout=INIT_SECONDS),
            **more,
        )  # fmt: skip
    except Exception as error:
        log.warning("W&B cannot be used (%s); the run goes on without it", _first_line(error))
        return None


def finish(run: Any, failed: bool) -> None:
    """End a W&B run within a deadline, and say how an offline one is uploaded."""
    if run is None:
        return
    mode = "offline" if run.settings.mode == "offline" else "online"
    seconds = min(FINISH_SECONDS[mode], FAILED_SECONDS) if failed else FINISH_SECONDS[mode]
    ended = _within(seconds, lambda: run.finish(exit_code=int(failed)))
    if not ended:
        log.warning("W&B did not end within %.0f s; what is in the run folder is complete", seconds)
    if mode == "offline" or not ended:
        line = f"wandb sync {shlex.quote(str(Path(run.dir).parent))}"
        console.print(f"[dim]to upload the W&B run: {escape(line)}[/dim]", highlight=False, soft_wrap=True)


class WandbTracker:
    """Config, losses of all tuning loops, per-frame curves, videos, report and an artifact of the run folder.

    Where several people are edited, each has losses (`tuning/2/loss`), numbers (`people/2/seam_error`), a row of the
    table `people`, curves (`per_frame/2/seam_error`) and files of their own.

    Args:
        folder: The run folder.
        config: The resolved settings.
        settings: The `logger` group.
        name: What the run is called.
        group: The sweep it belongs to; None for a single run.
    """

    def __init__(
        self, folder: Path, config: dict[str, Any], settings: Mapping[str, Any], name: str, group: str | None = None
    ) -> None:
        job_type = "run" if group is None else "sweep"
        self._run = start_run(folder, settings, name, config=config, group=group, job_type=job_type)
        self._steps: dict[str, int] = {}
        self._try(lambda run: run.define_metric("per_frame/*", step_metric="frame"))

    def log(self, stage: str, values: Mapping[str, float]) -> None:
        if stage not in self._steps:  # one of `aligner.follow=all` is called tuning/2
            self._try(lambda run: run.define_metric(f"{stage}/*", step_metric=f"{stage}/update"))
        step = self._steps[stage] = self._steps.get(stage, -1) + 1
        row = {f"{stage}/update": step} | {f"{stage}/{name}": value for name, value in values.items()}
        self._try(lambda run: run.log(row))

    def results(
        self, report: Report, folder: Path, pictures: Mapping[str, np.ndarray], people: Sequence[Report] = ()
    ) -> None:
        self._try(lambda run: _record(run, report, folder, pictures, people))

    def close(self, failed: bool) -> None:
        self._try(lambda run: finish(run, failed))

    def _try(self, call: Callable[[Any], None]) -> None:
        """Do something with the run; after a failure there is no run any more."""
        if self._run is None:
            return
        try:
            call(self._run)
        except Exception as error:
            self._run = None
            log.warning("W&B stopped recording (%s); the run goes on without it", _first_line(error))


def _record(
    run: Any, report: Report, folder: Path, pictures: Mapping[str, np.ndarray], people: Sequence[Report]
) -> None:
    import wandb

    run.summary.update(_values(report))
    for number, person in enumerate(people, 1):
        run.summary.update({f"people/{number}/{name}": value for name, value in _values(person).items()})
    for row in curves(report, people):
        run.log(row)
    media: dict[str, Any] = {name: wandb.Image(picture) for name, picture in pictures.items()}
    if people:
        media["people"] = wandb.Table(*_table(people))
    for name in ("edited", "comparison"):
        if (folder / f"{name}.mp4").is_file():
            media[name] = wandb.Video(str(folder / f"{name}.mp4"), format="mp4")
    if (folder / "report.html").is_file():
        media["report"] = wandb.Html((folder / "report.html").read_text(encoding="utf-8"), inject=False)
    run.log(media)
    artifact = wandb.Artifact(f"run-{run.id}", type="edited-clip")
    for name in [*FILES, *(f"people/{number}/{name}" for number in range(1, len(people) + 1) for name in FILES)]:
        if (folder / name).is_file():
            artifact.add_file(str(folder / name), name=name)
    run.log_artifact(artifact)


def _values(report: Report) -> dict[str, float]:
    return {key: result.value for key, result in keyed(report.results).items()}


def _table(people: Sequence[Report]) -> tuple[list[Any], list[Any]]:
    """Columns and rows: a person each, the most prominent first."""
    values = [_values(person) for person in people]
    names = list(dict.fromkeys(name for one in values for name in one))
    rows = [[number, *(one.get(name) for name in names)] for number, one in enumerate(values, 1)]
    return ["person", *names], rows


def curves(report: Report, people: Sequence[Report] = ()) -> list[dict[str, float | int]]:
    """One row a frame: its number and every metric that is defined there; those of person 2 are `per_frame/2/...`."""
    found = _per_frame(report, "") | {
        name: curve
        for number, person in enumerate(people, 1)
        for name, curve in _per_frame(person, f"{number}/").items()
    }
    length = max((len(curve) for curve in found.values()), default=0)
    return [
        {"frame": frame}
        | {f"per_frame/{name}": float(curve[frame]) for name, curve in found.items() if _defined(curve, frame)}
        for frame in range(length)
    ]


def _per_frame(report: Report, place: str) -> dict[str, np.ndarray]:
    named = keyed(report.results).items()
    return {f"{place}{key}": item.per_frame for key, item in named if item.per_frame is not None}


def _defined(curve: np.ndarray, frame: int) -> bool:
    return frame < len(curve) and math.isfinite(curve[frame])


def _tags(settings: Mapping[str, Any]) -> list[str]:
    others = [tag.strip() for tag in os.environ.get("WANDB_TAGS", "").split(",") if tag.strip()]
    return list(dict.fromkeys([*settings["tags"], *others]))


def _identity(settings: Mapping[str, Any]) -> dict[str, str]:
    name = settings.get("id") or os.environ.get("WANDB_RUN_ID")
    return {"id": name, "resume": "allow"} if name else {}


def _unreachable(wandb: Any) -> str | None:
    """Why the server cannot be used, within seconds, or None."""
    address = str(wandb.setup().settings.base_url)
    if not (os.environ.get("WANDB_API_KEY") or _has_netrc(address)):
        return "there is no API key (`wandb login` stores one, WANDB_API_KEY gives one)"
    try:
        urllib.request.urlopen(address, timeout=PROBE_SECONDS).close()
    except urllib.error.HTTPError:
        return None  # it answers
    except (OSError, ValueError) as error:
        return f"{address} does not answer ({getattr(error, 'reason', None) or error})"
    return None


def _has_netrc(address: str) -> bool:
    from requests.utils import get_netrc_auth

    return get_netrc_auth(address) is not None


def _within(seconds: float, call: Callable[[], object]) -> bool:
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), "") or type(error).__name__
