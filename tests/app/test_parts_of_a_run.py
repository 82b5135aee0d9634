"""`parts=` as a user types it: workers, a part by itself, the same bytes."""

import hashlib
import importlib.util
import json
import subprocess
import sys

import pytest

from stitch_exp.app.parts import command
from stitch_exp.config.schema import PROJECT

SHORT = [
    "model=mini", "video.frames=18", "tuning=none", "stitching=border_solved", "metrics=none", "logger=none",
    "runtime.threads=1", "comparison=false",
]  # fmt: skip


def test_the_command_that_makes_a_part_leaves_parts_to_be_filled_in() -> None:
    typed = ["edit=age", "video.path='a b.mp4'", "parts=4", "metrics.names=[tl_id]", "++part=1", "note={x}"]
    path = """'video.path='"'"'a b.mp4'"'"''"""
    said = f"python run.py -m edit=age {path} 'metrics.names=[tl_id]' 'note={{x}}' parts=4 part=2,3"
    assert command(typed, 4).format(parts="2,3") == said


def run(folder, *words):
    line = [sys.executable, str(PROJECT / "run.py"), *words, *SHORT, f"paths.outputs={folder}"]
    return subprocess.run(line, cwd=PROJECT, capture_output=True, text=True, timeout=560)


def bytes_of(folder):
    """Checksums of the stitching in the store and of the finished video."""
    [seal] = folder.glob("store/stitching/*/files.json")
    [video] = folder.glob("default/**/edited.mp4")
    return json.loads(seal.read_text()), hashlib.sha256(video.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone")
    done = run(folder)
    assert done.returncode == 0, done.stderr
    return bytes_of(folder)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("launcher", "count"), [("basic", 3), ("joblib", 2), ("submitit_local", 2)])
def test_workers_give_the_bytes_of_one(launcher, count, alone, tmp_path):
    engine = launcher.partition("_")[0]
    if launcher != "basic" and importlib.util.find_spec(f"hydra_plugins.hydra_{engine}_launcher") is None:
        pytest.skip(f"launcher={launcher} needs its extra: pip install 'stitch-exp[{engine}]'")
    done = run(tmp_path, "-m", f"launcher={launcher}", f"parts={count}")
    assert done.returncode == 0, done.stderr
    assert f"{count} cells, 0 failed" in done.stderr and "1 cells, 0 failed" in done.stderr
    assert bytes_of(tmp_path) == alone


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_parts_made_by_hand_are_asked_for_until_they_are_there(alone, tmp_path):
    assert run(tmp_path, "parts=2", "part=1").returncode == 0
    done = run(tmp_path, "parts=2")
    assert done.returncode == 1 and "of 2 parts of the stitching, 2 are not in the store" in done.stderr
    assert "part=2` makes them" in " ".join(done.stderr.split())
    for words in (["parts=2", "part=2"], ["parts=2"]):
        done = run(tmp_path, *words)
        assert done.returncode == 0, done.stderr
    assert bytes_of(tmp_path) == alone
