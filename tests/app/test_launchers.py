"""The engines that take a sweep off this process, each with its local executor, on cells that fail at once."""

import importlib.util
import json
import subprocess
import sys

import pytest

from stitch_exp.app.schema import PROJECT

ENGINES = {
    "joblib": "hydra_plugins.hydra_joblib_launcher",
    "submitit_local": "hydra_plugins.hydra_submitit_launcher",
    "ray": "hydra_plugins.hydra_ray_launcher",
}


def installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ENGINES)
def test_cells_of_a_sweep_run_elsewhere_and_report_back(launcher, tmp_path):
    if not installed(ENGINES[launcher]):
        pytest.skip(f"the extra of launcher={launcher} is not installed: pip install 'stitch-exp[{launcher[:8]}]'")
    clips = [tmp_path / f"{name}.mp4" for name in ("one", "two")]
    for clip in clips:
        clip.write_bytes(b"not a video")
    command = [
        sys.executable, str(PROJECT / "run.py"), "-m", f"launcher={launcher}", "video=file", "logger=none",
        f"video.path={','.join(map(str, clips))}", f"paths.outputs={tmp_path}/out", "experiment_name=launch",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=280)
    cells = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("out/launch/*/*/status.json"))]
    assert done.returncode != 0 and "2 cells, 2 failed" in done.stderr, done.stderr
    assert [cell["status"] for cell in cells] == ["failed", "failed"]
    assert all("one.mp4" in cell["error"] or "two.mp4" in cell["error"] for cell in cells)
