"""The short form of `make chaos`: a kill in the middle of a run; and the harness sees what is lost."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import av
import numpy as np
import pytest

from bench.chaos.damage import HARMS
from bench.chaos.kills import hit
from bench.chaos.room import Ended, Room, complaints, frames, leftovers, speaks

ROOT = Path(__file__).parents[2]


def write(path: Path, level: int) -> None:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "bgr0"
        picture = av.VideoFrame.from_ndarray(np.full((16, 16, 3), level, np.uint8), format="rgb24")
        out.mux([*stream.encode(picture), *stream.encode(None)])


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """A run that ended well with frames of level 7."""
    folder = tmp_path / "outputs" / "default" / "now"
    folder.mkdir(parents=True)
    (folder / "status.json").write_text(json.dumps({"status": "complete"}))
    write(folder / "edited.mkv", 7)
    (folder / "edited.mkv").rename(folder / "edited.mp4")
    return Room(tmp_path)


def test_a_run_that_ended_well_is_not_complained_of(room: Room) -> None:
    assert complaints(room, Ended(0, ""), frames(room.runs()[-1] / "edited.mp4")) == []


def test_every_loss_is_seen(room: Room, tmp_path: Path) -> None:
    other = tmp_path / "other.mkv"
    write(other, 8)
    assert complaints(room, Ended(0, ""), frames(other)) == ["the frames differ"]
    assert "ended with 1" in complaints(room, Ended(1, "error: x"), "")[0]
    assert len(speaks(Ended(1, "Traceback (most recent call last)\nx (our defect)"))) == 2
    (room.outputs / "default" / "now" / ".edited.5.part.mp4").touch()
    (room.store / "tuning" / "k.partial").mkdir(parents=True)
    (room.store / "tuning" / "k.partial" / "inversions.npy").touch()
    assert len(leftovers(room)) == 2
    (room.runs()[-1] / "status.json").write_text(json.dumps({"status": "running"}))
    assert "status.json says running" in complaints(room, Ended(0, ""), "")


@pytest.mark.parametrize("kind", ["cut", "bit flipped", "deleted"])
def test_harm_changes_a_file(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(bytes(100))
    HARMS[kind](path, Random(0))
    assert not path.exists() or path.read_bytes() != bytes(100)


class Script(Room):
    """A room whose command is a shell script."""

    words = ""

    def start(self, limit=None) -> subprocess.Popen[str]:
        return subprocess.Popen(["sh", "-c", f"cd {self.path} && {self.words}"], text=True, stdout=subprocess.PIPE)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_signal_comes_in_the_moment_that_is_meant_or_is_missed(tmp_path: Path) -> None:
    room = Script(tmp_path / "room")
    networks, aligner = "outputs/default/now", "outputs/store/aligner"
    room.words = f"mkdir -p {networks} {aligner} && touch {networks}/status.json {aligner}/k.lock && exec sleep 60"
    ended, worked_on = hit(room, "networks", signal.SIGKILL, after=60.0)
    assert ended.code == -signal.SIGKILL and worked_on is not None and worked_on < 1
    room.words = f"mkdir -p {networks} && touch {networks}/status.json"
    assert hit(room, "networks", signal.SIGKILL, after=0.2) == (Ended(0, ""), None)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_the_command_hears_ctrl_c_when_this_process_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run.py").write_text("import pathlib, time; pathlib.Path('begun').touch(); time.sleep(60)")
    monkeypatch.setattr("bench.chaos.room._ROOT", tmp_path)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = Room(tmp_path / "room").start()
        while not (tmp_path / "begun").exists():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.communicate()
    finally:
        signal.signal(signal.SIGINT, before)
    assert process.returncode == -signal.SIGINT


@pytest.mark.timeout(900)
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_kill_loses_nothing() -> None:
    words = ["-m", "bench.chaos", "--only", "kills", "--kills", "1", "--moments", "tuning"]
    told = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, timeout=890)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "SIGKILL in tuning, exit code -9" in told.stdout and "0 of 1 kills" in told.stdout
