"""Plausible mistakes on the command line: each gets one sentence that says what to type instead, and exit code 2."""

import sys

import pytest

from stitch_exp.app import main
from stitch_exp.config import validate

RUN = [
    ("edit=agee", "did you mean 'age'?"),
    ("edit.strenght=2", "did you mean 'edit.strength'?"),
    ("edit.strength=strong", "expected float"),
    ("edit.strength=nan", "use a finite number"),
    ("edit.strength=inf", "use a finite number"),
    ("edit.terms={age:4", "write edit.terms=VALUE, with quotes"),
    ("edit.terms=[age]", "expected Mapping"),
    ("edit:age", "write edit=age"),
    ("--edit=age", "write edit=age, without dashes"),
    ("--strength", "settings are written strength=VALUE"),
    ("edit=age,smile", "add -m"),
    ("-m edit=age,smiel", "did you mean 'smile'?"),
    ("~edit", "choose edit=OPTION"),
    ("sede=1", "did you mean 'seed'?"),
    ("seed=-1", "use at least 0"),
    ("seed=99999999999", "at most 4294967295"),
    ("seed=zero", "seed=zero"),
    ("runtime.threads=0", "use at least 1"),
    ("runtime.threads=100000", "at most"),
    ("runtime.device=gpu", "there are: auto, cpu, cuda"),
    ("runtime.device=cuda", "use runtime.device=auto or cpu"),
    ("runtime.precision=fp16", "there are: auto, 32-true"),
    ("logger=wandbb", "did you mean 'wandb'?"),
    ("logger.mode=onlin", "did you mean 'online'?"),
    ("experiment_name=../../x", "use letters, digits"),
    ("experiment_name=/tmp/x", "use letters, digits"),
    ("experiment=ablatoin", "did you mean 'ablation'?"),
    ("model=mni", "did you mean 'mini'?"),
    ("here.mp4", "write video=file video.path=here.mp4"),
    ("shots", "write video=frames video.path=shots"),
    ("video=here.mp4", "write video=file video.path=here.mp4"),
    ("video.path=here.mp4", "add video=file"),
    ("video=file", "add video.path=..."),
    ("video=file video.path=her.mp4", "did you mean 'here.mp4'?"),
    ("video=file video.path=a(1).mp4", "no such file"),
    ("video=frames video.path=nowhere", "no such file or folder"),
    ("video.fps=30", "add video=frames"),
    ("comparison=maybe", "comparison=maybe"),
    ("metrics=full", "there are: brief, default"),
    ("launcher=joblb", "did you mean 'joblib'?"),
    ("tuning.num_passes=ten", "expected"),
    ("tuning.frames.batch=2", "did you mean 'tuning.frames.batch_size'?"),
    ("arm=without_ptti", "did you mean 'without_pti'?"),
    ("paths.outputs=here.mp4/x", "name another folder"),
    ("--config-dir nowhere", "name one that holds YAML files"),
]

EVAL = [
    ("", "add runs='outputs/**'"),
    ("source=here.mp4", "add edited="),
    ("source=here.mp4 edited=her.mp4", "no such file"),
    ("runs=x source=here.mp4", "not both"),
    ("run=outputs/**", "did you mean 'runs'?"),
]


@pytest.fixture
def answer(tmp_path, monkeypatch, capsys):
    """`answer(words, start)`: what a command prints to stderr, typed in a folder with a clip and a folder of shots."""
    (tmp_path / "here.mp4").write_bytes(b"x")
    (tmp_path / "shots").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(validate, "has_driver", lambda: False)
    monkeypatch.setattr(main.stopping, "listen", lambda: None)

    def ask(words, start):
        monkeypatch.setattr(sys, "argv", ["run.py", *words.split()])
        with pytest.raises(SystemExit) as ended:
            start()
        return ended.value.code, capsys.readouterr().err

    return ask


@pytest.mark.parametrize(("words", "advice"), RUN)
def test_a_mistake_costs_one_sentence(answer, words, advice):
    said = answer(words, main.run)
    assert said[0] == 2
    assert "1 problem with this command" in said[1] and advice in said[1]
    assert "Traceback" not in said[1] and "defect" not in said[1]


@pytest.mark.parametrize(("words", "advice"), EVAL)
def test_a_mistake_in_an_evaluation_costs_one_sentence(answer, words, advice):
    said = answer(words, main.evaluate)
    assert said[0] == 2 and advice in said[1] and "defect" not in said[1]


def test_users_text_is_never_markup(answer):
    assert "edit=[red]x" in answer("edit='[red]x'", main.run)[1].replace("'", "")
