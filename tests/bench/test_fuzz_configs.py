"""The short form of the fuzzer of settings; `python -m bench.fuzz.configs` is the long one."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.fuzz.children import Limits
from bench.fuzz.configs import attempt
from bench.fuzz.nonsense import command, composed, settings
from stitch_exp.app import build, resolution  # noqa: F401  - once, not in every child

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


def test_a_case_is_the_same_for_its_seed_and_number() -> None:
    assert command(1, 3) == command(1, 3)
    assert len({tuple(command(0, number)) for number in range(12)}) == 12


def test_every_setting_can_be_reached() -> None:
    keys = [key for key, _ in settings(composed(["model=mini", "stitching=border"]))]
    assert {"seed", "paths.outputs", "tuning.updates.learning_rate", "stitching.steps.0.loss.distance"} <= set(keys)
    assert len(keys) == len(set(keys)) > 120


@pytest.mark.parametrize("words", KINDS, ids=[f"{words[1][:32]!r}" for words in KINDS])
def test_nonsense_is_refused_in_words(tmp_path: Path, words: Sequence[str]) -> None:
    result = attempt(words, tmp_path / "case", Limits())
    assert result.ending == "refused", result.words


def test_a_few_commands_with_nonsense_end_well(tmp_path: Path) -> None:
    for number in range(12):
        result = attempt(command(5, number), tmp_path / str(number), Limits())
        assert result.ending in ("done", "refused"), (command(5, number), result.words)
