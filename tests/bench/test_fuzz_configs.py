"""The short form of the fuzzer of settings; `python -m bench.fuzz.configs` is the long one."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from bench.fuzz.nonsense import command, composed, settings

ROOT = Path(__file__).resolve().parents[2]
TYPIST = """
import json, sys
from pathlib import Path
from bench.fuzz.children import Limits
from bench.fuzz.configs import attempt
from stitch_exp.building import builder as build, resolution  # once, not in every child
for line in sys.stdin:
    words, folder = json.loads(line)
    result = attempt(words, Path(folder), Limits())
    print(json.dumps([result.ending, result.words]), flush=True)
"""
Attempt = Callable[[Sequence[str], Path], tuple[str, str]]

KINDS = [
    ["model=mini", "identity._target_=[1,2]"],
    ["model=mini", "metrics._target_='a b'"],
    ["model=mini", "edit._target_=os.nothing"],
    ["model=mini", "encoder._target_='???'"],
    ["model=mini", "logger.name='${nothing}'"],
    ["model=mini", "edit.strength='${edit}'"],
    ["model=mini", "model.clip='${oc.env:NOTHING_SET}'"],
    ["model=mini", "model.inverters.e4e='/" + "x" * 300 + "'"],
    ["model=mini", "edit.directions='" + "y/" * 3000 + "'"],
    ["model=mini", "+aligner.detector.crop_px.0=3"],
    ["model=mini", "tuning.updates=3"],
    ["model=mini", "paths.outputs='???'"],
    ["model=mini", "paths.store='a\0b'"],
    ["model=ffhq_mobile", "model.sides=nope"],
]


@pytest.fixture(scope="module")
def attempt() -> Iterator[Attempt]:
    """Types commands in a process that has started no threads yet: a fork of one that has may wait for them forever."""
    typist = subprocess.Popen(
        [sys.executable, "-c", TYPIST], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert typist.stdin and typist.stdout
    sent, answers = typist.stdin, typist.stdout

    def typed(words: Sequence[str], folder: Path) -> tuple[str, str]:
        print(json.dumps([list(words), str(folder)]), file=sent, flush=True)
        ending, said = json.loads(answers.readline())
        return ending, said

    with typist:
        yield typed


def test_a_case_is_the_same_for_its_seed_and_number() -> None:
    assert command(1, 3) == command(1, 3)
    assert len({tuple(command(0, number)) for number in range(12)}) == 12


def test_every_setting_can_be_reached() -> None:
    keys = [key for key, _ in settings(composed(["model=mini", "stitching=border"]))]
    assert {"seed", "paths.outputs", "tuning.updates.learning_rate", "stitching.steps.0.loss.distance"} <= set(keys)
    assert len(keys) == len(set(keys)) > 120


@pytest.mark.parametrize("words", KINDS, ids=[f"{words[1][:32]!r}" for words in KINDS])
def test_nonsense_is_refused_in_words(attempt: Attempt, tmp_path: Path, words: Sequence[str]) -> None:
    ending, said = attempt(words, tmp_path / "case")
    assert ending == "refused", said


def test_a_few_commands_with_nonsense_end_well(attempt: Attempt, tmp_path: Path) -> None:
    for number in range(12):
        ending, said = attempt(command(5, number), tmp_path / str(number))
        assert ending in ("done", "refused"), (command(5, number), said)
