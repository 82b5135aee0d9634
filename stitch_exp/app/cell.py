"""One cell of an experiment: its name, its identity, and the record of how it ended."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from stitch_exp.report.status import read_status

NOT_PART_OF_A_CELL = (
    "paths", "logger", "debug", "rerun", "comparison", "live", "experiment_name", "objective", "parts", "part",
)  # fmt: skip


def overrides() -> list[str]:
    """The overrides of this job as typed; none where no command line was."""
    return [str(item) for item in HydraConfig.get().overrides.task] if HydraConfig.initialized() else []


def describe(cfg: DictConfig) -> str:
    """A short name of the cell: its overrides, or `defaults`."""
    return " ".join(overrides()) or "defaults"


def cell_key(cfg: DictConfig) -> str:
    """Hash of everything that decides the result: resolved settings and the bytes of the input files."""
    from stitch_exp.building.builder import content

    plain = OmegaConf.to_container(cfg, resolve=True)
    decisive = {key: value for key, value in plain.items() if key not in NOT_PART_OF_A_CELL}  # type: ignore[union-attr]
    return hashlib.sha256(json.dumps(content(decisive), sort_keys=True, default=str).encode()).hexdigest()[:20]


def find_complete(experiment: Path, cell: str) -> Path | None:
    """The newest finished run folder of this cell, if there is one."""
    for path in sorted(experiment.glob("**/status.json"), reverse=True):
        with contextlib.suppress(FileNotFoundError):  # removed since it was listed
            now = path.stat()
            if _completed(path, (now.st_ino, now.st_mtime_ns)) == cell and (path.parent / "edited.mp4").exists():
                return path.parent
    return None


@functools.lru_cache(maxsize=1 << 16)
def _completed(path: Path, written: tuple[int, int]) -> str | None:
    """Which cell a record says is complete; read once for each writing, or a sweep of n cells reads n * n of them."""
    status = read_status(path.parent)
    return status.get("cell") if status.get("status") == "complete" else None
