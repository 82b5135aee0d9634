"""The fuzzer of videos: its cases repeat, it sees every bad ending, and a few cases end well."""

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from bench.fuzz.mutate import mutated

ROOT = Path(__file__).parents[2]


def python(*arguments):
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=500)


def test_damage_repeats_and_differs():
    content = bytes(range(256)) * 20
    damaged = [mutated(content, Random(f"0:{n}")) for n in range(200)]
    assert damaged == [mutated(content, Random(f"0:{n}")) for n in range(200)]
    assert len(set(damaged)) > 190
    assert all(isinstance(mutated(bytes([7]), Random(n)), bytes) for n in range(200))


ENDINGS = """
import os, sys, time
from pathlib import Path
from bench.fuzz.children import Limits, run
from stitch_exp.errors import VideoError

def refuse(): raise VideoError("no frame")
def fail(): {}["frame"]
def abort(): os.abort()
def wait(): time.sleep(100)
def fill(): held = [bytearray(2**24) for _ in range(200)]; time.sleep(100)

for case in (lambda: print("fine"), refuse, lambda: sys.exit(1), fail, abort, wait, fill):
    quick = Limits(seconds=0.2 if case is wait else 60.0, megabytes=2048)
    result = run(case, Path(sys.argv[1]), quick)
    print(result.ending, result.words.strip().splitlines()[-1:])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_every_ending_is_told(tmp_path):
    told = python("-c", ENDINGS, str(tmp_path / "log"))
    assert told.stdout.splitlines() == [
        "done ['fine']", "refused ['VideoError: no frame']", "refused []", "traceback [\"KeyError: 'frame'\"]",
        "crash []", "hang []", "memory []",
    ], told.stderr  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_a_few_damaged_videos_end_well():
    told = python("-m", "bench.fuzz.videos", "--seed", "0", "--count", "12", "--seconds", "120")
    assert told.returncode == 0, told.stdout + told.stderr
    assert "12 videos of seed 0" in told.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_memory_of_copying_is_told():
    told = python("-m", "bench.memory", "3", "12", "--copy")
    assert told.returncode == 0, told.stderr
    head, _, row = told.stdout.splitlines()
    assert head == "| stage, peak MB | 3 frames | 12 frames |"
    few, more = (int(cell) for cell in row.split("|")[2:4])
    assert few > 0 and more < 1.5 * few


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_memory_of_alignment_is_told():
    told = python("-m", "bench.memory", "3", "--align")
    assert told.returncode == 0, told.stderr
    assert int(told.stdout.splitlines()[-1].split("|")[2]) > 100
