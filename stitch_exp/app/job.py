"""One job: build, run the pipeline, write the run folder. Every job of a sweep comes through here."""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from stitch_exp.app.cell import cell_key, describe, find_complete, overrides
from stitch_exp.console import environment, messages, stopping
from stitch_exp.console.messages import LogFile, Warnings, console
from stitch_exp.console.stopping import Stopped
from stitch_exp.errors import DataError, StitchError
from stitch_exp.report.records import keyed, read_metrics
from stitch_exp.report.status import sweep_unfinished, write_status

log = logging.getLogger("stitch_exp")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended: its exit code, and the value of `objective` where one was asked for."""

    code: int
    value: float | None = None


def job(cfg: DictConfig) -> Ended:
    """Run one cell in the folder that Hydra chose; what went wrong is in `status.json` and `run.log`.

    A sweep goes on after a failed cell and skips cells that an earlier run of the same experiment completed.

    Raises:
        Stopped: By a signal, when the run folder says so.
    """
    folder = Path(HydraConfig.get().runtime.output_dir)
    try:
        cell = cell_key(cfg)
        if HydraConfig.get().mode == RunMode.MULTIRUN and not cfg.rerun:
            done = find_complete(Path(cfg.paths.outputs) / cfg.experiment_name, cell)
            if done is not None:
                write_status(folder, {"status": "skipped", "cell": cell, "same_as": str(done), "name": describe(cfg)})
                console.print(f"{describe(cfg)}: complete already in {done}", style="dim", markup=False, soft_wrap=True)
                return Ended(0, _objective(cfg, done))
        try:
            with logged_to(folder / "run.log"):
                return _guarded(cfg, folder, cell)
        finally:
            if not stopping.asked():  # who waits for the end has no next job, and this takes a second or more
                environment.return_freed_memory()
    except StitchError as error:
        messages.fail(str(error))
        return Ended(error.exit_code)


def _guarded(cfg: DictConfig, folder: Path, cell: str) -> Ended:
    try:
        with recorded(cfg, folder, cell) as status:
            status.update(runner()(cfg, folder, console), status="complete")
            return Ended(0, _objective(cfg, folder))
    except Exception as error:
        return _report_failure(messages.unwrapped(error), cfg, folder)


@contextlib.contextmanager
def recorded(cfg: DictConfig, folder: Path, cell: str) -> Iterator[dict[str, Any]]:
    """`status.json` of one job: running inside the block, then how it ended.

    Args:
        cfg: Settings of the job.
        folder: The run folder.
        cell: See `cell.cell_key`.

    Yields:
        The status, to be filled: it is a failure until the block says `complete`.
    """
    status: dict[str, Any] = {"status": "failed", "cell": cell, "name": describe(cfg), "overrides": overrides()}
    write_status(folder, status | {"status": "running"})
    sweep_unfinished(folder.parent)
    try:
        yield status
    except (Stopped, KeyboardInterrupt) as error:
        status |= {"status": "interrupted", "error": str(error) or "stopped by Ctrl-C"}
        raise
    except Exception as error:
        status |= {"error": str(error) or type(error).__name__, "error_type": type(error).__name__}
        raise
    finally:
        with contextlib.suppress(StitchError):  # on a full disk the error that came first is the one to tell
            write_status(folder, status)


def runner() -> Callable[..., dict[str, Any]]:
    """The heavy half of the program, imported when there is something to run."""
    from stitch_exp.app.deliver import run_and_deliver

    return run_and_deliver


def _report_failure(error: BaseException, cfg: DictConfig, folder: Path) -> Ended:
    messages.write_traceback()
    if cfg.debug:
        console.print_exception()
    messages.fail(messages.sentence(error, folder))
    return Ended(messages.exit_code(error))


def _objective(cfg: DictConfig, folder: Path) -> float | None:
    """The metric that a sweeper optimises, read from the records of a finished run.

    Raises:
        DataError: It was not measured, or is undefined for this run.
    """
    if cfg.get("objective") is None:
        return None
    values = {key: result.value for key, result in keyed(read_metrics(folder).results).items()}
    value = values.get(cfg.objective, math.nan)
    if not math.isfinite(value):
        raise DataError(f"objective={cfg.objective} has no value in {folder}; there are: {', '.join(values)}")
    return value


@contextlib.contextmanager
def logged_to(path: Path) -> Iterator[None]:
    """Everything the package logs goes to `path` as well; warnings also to the console."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file: logging.Handler = LogFile(path)
    except OSError:
        file = logging.NullHandler()
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handlers = (file, Warnings())
    for handler in handlers:
        log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield
    finally:
        log.propagate = True
        for handler in handlers:
            log.removeHandler(handler)
            handler.close()
