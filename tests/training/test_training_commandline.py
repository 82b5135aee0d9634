"""`python -m stitch_exp.training` answers in words."""

import subprocess
import sys

import pytest

from stitch_exp.errors import ConfigError, DataError, StitchError
from stitch_exp.training import __main__ as command
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
    ],
)
def test_mistakes_are_one_sentence(words: list[str], sentence: str) -> None:
    ended = answer(*words)
    assert ended.returncode == 2 and sentence in ended.stderr and "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("error", "code"), [(ConfigError("it does not make model=ffhq_mobile"), 2), (DataError("nothing is in data=x"), 1)]
)
def test_what_a_stage_refuses_is_one_sentence(
    error: StitchError, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise error

    monkeypatch.setattr(command, "_through_hydra", refuse)
    monkeypatch.setattr(sys, "argv", ["training", "stage=generator", "data=x"])
    with pytest.raises(SystemExit) as ended:
        command.main()
    told = "".join(capsys.readouterr())
    assert ended.value.code == code and str(error) in " ".join(told.split()) and "Traceback" not in told
