"""The engines that take a sweep off this process, each with its local executor: one preset, the same cells."""

import importlib.util
import json
import subprocess
import sys

import pytest

from stitch_exp.config.schema import PROJECT
from stitch_exp.video.sample import sample_path

ENGINES = {"basic": "hydra", "joblib": "joblib", "submitit_local": "submitit", "ray": "ray"}
"""Launcher and the module it runs on."""


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """`sweep(launcher)`: the exit code, what was printed, and the status of a cell that runs and one that cannot."""
    folder = tmp_path_factory.mktemp("launch")
    (folder / "broken.mp4").write_bytes(b"not a video")

    def run(launcher):
        command = [
            sys.executable, str(PROJECT / "run.py"), "-m", "experiment=strength", f"launcher={launcher}", "model=mini",
            "video=file",
            f"video.path={sample_path()},{folder}/broken.mp4", "video.frames=2", "edit.strength=1.5", "tuning=none",
            "stitching=none", "metrics=brief", "logger=none", "runtime.threads=1", f"paths.outputs={folder}/{launcher}",
        ]  # fmt: skip
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=280)
        cells = sorted(folder.glob(f"{launcher}/strength/*/*/status.json"), key=lambda path: int(path.parent.name))
        return done, [json.loads(path.read_text()) for path in cells]

    return run


@pytest.fixture(scope="module")
def expected(sweep):
    """The cells as they are without an engine."""
    return [cell["cell"] for cell in sweep("basic")[1]]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("launcher", [name for name in ENGINES if name != "basic"])
def test_a_preset_runs_elsewhere_and_reports_back(launcher, sweep, expected):
    plugin = f"hydra_plugins.hydra_{ENGINES[launcher]}_launcher"
    if any(importlib.util.find_spec(name) is None for name in ("hydra_plugins", ENGINES[launcher], plugin)):
        pytest.skip(f"launcher={launcher} needs its extra: pip install 'stitch-exp[{ENGINES[launcher]}]'")
    done, cells = sweep(launcher)
    assert [cell["status"] for cell in cells] == ["complete", "failed"], done.stderr
    assert "2 cells, 1 failed" in done.stderr and done.returncode != 0
    assert "'broken.mp4' is not a video" in cells[1]["error"]
    assert [cell["cell"] for cell in cells] == expected
