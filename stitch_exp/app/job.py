"""One job: build, run the pipeline, write the run folder. Every job of a sweep comes through here."""

from __future__ import annotations

import contextlib
import logging
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig
from rich.console import Console

from stitch_exp.app.cell import cell_key, describe, find_complete, overrides, write_status
from stitch_exp.errors import ConfigError, StitchError

log = logging.getLogger("stitch_exp")
console = Console(stderr=True)


def job(cfg: DictConfig) -> int:
    """Run one cell and return its exit code; what went wrong is in `status.json` and `run.log`.

    A sweep goes on after a failed cell and skips cells that an earlier run of the same experiment completed.
    """
    folder = Path(HydraConfig.get().runtime.output_dir)
    cell = cell_key(cfg)
    if HydraConfig.get().mode == RunMode.MULTIRUN and not cfg.rerun:
        done = find_complete(Path(cfg.paths.outputs) / cfg.experiment_name, cell)
        if done is not None:
            write_status(folder, {"status": "skipped", "cell": cell, "same_as": str(done), "name": describe(cfg)})
            console.print(f"[dim]{describe(cfg)}: complete already in {done}[/dim]")
            return 0
    with logged_to(folder / "run.log"):
        return _guarded(cfg, folder, cell)


def _guarded(cfg: DictConfig, folder: Path, cell: str) -> int:
    status: dict[str, Any] = {"status": "failed", "cell": cell, "name": describe(cfg), "overrides": overrides()}
    write_status(folder, status | {"status": "running"})
    try:
        status |= _runner()(cfg, folder, console) | {"status": "complete"}
        return 0
    except KeyboardInterrupt:
        status |= {"status": "interrupted", "error": "stopped by the user"}
        raise
    except Exception as error:
        status |= {"error": str(error) or type(error).__name__, "error_type": type(error).__name__}
        return _report_failure(error, cfg, folder)
    finally:
        write_status(folder, status)


def _runner() -> Callable[..., dict[str, Any]]:
    """The heavy half of the program.

    Raises:
        ConfigError: The OpenCV that needs a screen is installed on a machine without one (docs/adr/0004).
    """
    try:
        from stitch_exp.app.deliver import run_and_deliver
    except ImportError as error:
        if "libGL" not in str(error):
            raise
        fix = "pip install --force-reinstall --no-deps 'opencv-python-headless<5'"
        raise ConfigError(f"OpenCV cannot be imported ({error}): run `{fix}`") from error
    return run_and_deliver


def _report_failure(error: Exception, cfg: DictConfig, folder: Path) -> int:
    log.error("%s", traceback.format_exc())
    if cfg.debug:
        console.print_exception()
    expected = isinstance(error, StitchError)
    ours = f"{type(error).__name__}: {error} (our defect; the traceback is in {folder}/run.log)"
    what = str(error) if expected else ours
    console.print(f"[bold red]error:[/bold red] {what}", markup=True, highlight=False, soft_wrap=True)
    return error.exit_code if isinstance(error, StitchError) else 1


@contextlib.contextmanager
def logged_to(path: Path) -> Iterator[None]:
    """Everything the package logs goes to `path` as well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        handler.close()
