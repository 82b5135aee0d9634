"""`python -m stitch_exp.training` answers in words."""

import subprocess
import sys

import pytest

from stitch_exp.training.__main__ import help_text, stages
from stitch_exp.training.mobile.stages import STAGES
from stitch_exp.training.stages import TABLE


def answer(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "stitch_exp.training", *words], capture_output=True, text=True, timeout=200
    )


def test_help_says_what_each_stage_does() -> None:
    page = help_text()
    assert set(stages()) == {*TABLE, *STAGES}
    for name in stages():
        line = next(line for line in page.splitlines() if line.startswith(f"  {name} "))
        assert len(line.split()) > 3, name
    assert max(map(len, page.splitlines())) <= 120
    assert answer("--help").stdout == page


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "which stage? stage=NAME with one of directions, encoder,"),
        (["stage=encoder"], "data=VALUE is missing"),
        (["stage=nonesuch", "data=x"], "stage/nonesuch"),
        (["stage=encoder", "data=x", "speed=3"], "speed"),
        (["stage=generator", "data=x", "model=ffhq_mobile"], "does not make model=ffhq_mobile"),
    ],
)
def test_mistakes_are_one_sentence(words: list[str], sentence: str) -> None:
    ended = answer(*words)
    assert ended.returncode == 2 and sentence in ended.stderr and "Traceback" not in ended.stderr
