"""A run that is asked to stop in stitching: one line, its exit code, and the same command goes on where it was."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stitch_exp.config.schema import PROJECT

BEFORE = ["aligner", "encoder", "tuning", "edit"]
"""Stages that are complete when stitching begins."""


def start(outputs: Path) -> subprocess.Popen[str]:
    """A run that spends its time in border tuning, frame by frame."""
    words = [
        "model=mini", "video.frames=3", "tuning=none", "stitching=border", "stitching.steps.0.num_steps=40",
        "metrics=none", "logger=none", "comparison=false", "runtime.threads=1", f"paths.outputs={outputs}",
    ]  # fmt: skip
    line = [sys.executable, str(PROJECT / "run.py"), *words]
    return subprocess.Popen(line, cwd=PROJECT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def state(outputs: Path) -> dict:
    """What the newest run says of itself."""
    newest = max(outputs.glob("default/*/status.json"), key=lambda path: path.parent.name)
    return json.loads(newest.read_text())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes without asking")
def test_sigterm_in_stitching(tmp_path: Path) -> None:
    process = start(tmp_path)
    while process.poll() is None and not any(tmp_path.glob("store/stitching/*.lock")):
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=240)
    # Bars of progress say what is left; MediaPipe adds words of its own ("W0000 ...") now and then.
    lines = [line.strip() for line in said.splitlines() if line.strip() and " left " not in line]
    lines = [line for line in lines if line[:5] != "W0000"]
    assert (process.returncode, lines) == (
        143,
        ["stopped by SIGTERM in stitching; the same command goes on where it was"],
    )
    assert (state(tmp_path)["status"], state(tmp_path)["error"]) == ("interrupted", "stopped by SIGTERM in stitching")
    assert not any(path.is_file() and "part" in path.name for path in tmp_path.rglob("*"))
    assert not any(tmp_path.rglob("edited.mp4"))
    again = start(tmp_path)
    _, said = again.communicate(timeout=240)
    assert again.returncode == 0, said
    assert state(tmp_path)["status"] == "complete" and sorted(state(tmp_path)["reused"]) == sorted(BEFORE)
