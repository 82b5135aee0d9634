"""A place where one command is typed again and again, and what must be true of it afterwards."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import av

from bench.fuzz.children import Limits, run
from stitch_exp.app import main as command_line
from stitch_exp.store.integrity import SEAL, damage

SETTINGS = (
    "model=mini", "video.frames=3", "tuning=pti_preview", "metrics=brief", "logger=none", "runtime.threads=1",
)  # fmt: skip
"""Every stage does something, in a few seconds."""
STAGES = ("aligner", "encoder", "tuning", "edit", "stitching")
PATIENCE_S = 600.0
HEAVY = ("stitch_exp.app.job", "stitch_exp.building.builder", "stitch_exp.app.deliver", "mediapipe")
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code, negative for a signal, and what it said."""

    code: int
    words: str


class Room:
    """A folder with outputs and a store of its own.

    Args:
        path: Made when missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)

    @cached_property
    def outputs(self) -> Path:
        return self.path / "outputs"

    @property
    def store(self) -> Path:
        return self.outputs / "store"

    def start(self, limit: Callable[[], None] | None = None) -> subprocess.Popen[str]:
        """Type the command, which hears Ctrl-C even if this one does not; `limit` is called in the new process."""
        words = [sys.executable, str(_ROOT / "run.py"), *SETTINGS, f"paths.outputs={self.outputs}"]
        quiet = {"OMP_WAIT_POLICY": "PASSIVE"} | os.environ

        def begin() -> None:
            signal.signal(signal.SIGINT, signal.default_int_handler)  # shells ignore it for what runs behind a `&`
            if limit:
                limit()

        return subprocess.Popen(
            words, cwd=_ROOT, env=quiet, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=begin
        )

    def run(self, limit: Callable[[], None] | None = None) -> Ended:
        """Type the command and wait."""
        return self.wait(self.start(limit))

    def again(self) -> Ended:
        """The command once more, in a fork of this process: libraries are loaded once, which is half of the work."""
        for module in HEAVY:
            importlib.import_module(module)
        result = run(self._typed, self.path / "again.log", Limits(PATIENCE_S / 2, float("inf")))
        return Ended({"done": 0, "refused": 1}.get(result.ending, 70), f"{result.words}\n{result.ending}")

    def _typed(self) -> None:
        os.chdir(_ROOT)
        sys.argv = ["run.py", *SETTINGS, f"paths.outputs={self.outputs}"]
        command_line.launch("stitch_exp.app.job.job", "run")

    def wait(self, process: subprocess.Popen[str]) -> Ended:
        """What a started command comes to; one that hangs is killed."""
        try:
            words, _ = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            words, _ = process.communicate()
            words += f"\nhung for {PATIENCE_S:g} s"
        return Ended(process.returncode, words)

    def runs(self) -> list[Path]:
        """Run folders, the oldest first."""
        return sorted((path.parent for path in self.outputs.glob("default/*/status.json")), key=_age)

    def finished(self) -> set[str]:
        """Stages whose artefacts are complete."""
        return {path.parts[-3] for path in self.store.glob(f"*/*/{SEAL}") if ".partial" not in path.parts[-2]}

    def remove(self) -> None:
        """Free the room's disk space."""
        shutil.rmtree(self.path, ignore_errors=True)


def status(folder: Path) -> dict[str, Any]:
    """What the run itself wrote down last."""
    return json.loads((folder / "status.json").read_text())


def frames(path: Path) -> str:
    """A hash of the decoded frames of a video."""
    digest = hashlib.sha256()
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            digest.update(frame.to_ndarray(format="rgb24").tobytes())
    return digest.hexdigest()


def complaints(room: Room, ended: Ended, expected: str) -> list[str]:
    """What is wrong after a command that should have ended well, with these frames."""
    if ended.code:
        return [f"the command ended with {ended.code}: {ended.words[-600:]}"]
    newest = room.runs()[-1]
    wrong = [] if frames(newest / "edited.mp4") == expected else ["the frames differ"]
    if status(newest)["status"] != "complete":
        wrong.append(f"status.json says {status(newest)['status']}")
    broken = [folder for folder in room.store.glob("*/*") if (folder / SEAL).is_file() and _damaged(folder)]
    return [*wrong, *(f"{folder} is damaged" for folder in broken), *leftovers(room)]


def leftovers(room: Room) -> list[str]:
    """Half-written files that lie about: of videos, records and arrays; what a stage goes on from is none."""
    found = [path for path in room.outputs.rglob("*") if ".part" in path.name and path.is_file()]
    found += [path for path in room.store.glob("*/*.partial/*") if path.is_file()]
    return [f"{path.relative_to(room.outputs)} was left behind" for path in found]


def speaks(ended: Ended) -> list[str]:
    """What is wrong with the words of a command that could not do its work."""
    return [f"it says {word!r}: {ended.words[-600:]}" for word in ("Traceback", "our defect") if word in ended.words]


def _damaged(folder: Path) -> bool:
    return ".damaged" not in folder.name and damage(folder) is not None


def _age(folder: Path) -> float:
    return folder.stat().st_ctime
