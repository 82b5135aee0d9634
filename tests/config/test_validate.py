"""Every problem of a command line is found at once, named, and answered with advice."""

import subprocess
import sys

import pytest

from stitch_exp.config.overrides import options
from stitch_exp.config.schema import PROJECT
from stitch_exp.config.validate import problems

CHECKED_GROUPS = ("aligner", "encoder", "tuning", "edit", "stitching", "composite", "segmenter", "metrics", "mode")


def test_the_default_command_is_fine():
    assert problems([]) == []


def is_about_weights(problem: str) -> bool:
    """The embedded model has no files for the methods of the public ones."""
    return "no such file" in problem or "has no such network" in problem


@pytest.mark.parametrize("group", CHECKED_GROUPS)
def test_every_option_composes(group):
    for option in options(group):
        found = [text for text in problems([f"{group}={option}"]) if not is_about_weights(text)]
        assert found == [], option


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("edit=agee", "edit=agee: no such option; did you mean 'age'?"),
        ("edit.strenght=2", "edit.strenght=2: no such setting; did you mean 'edit.strength'?"),
        ("sede=1", "sede=1: no such setting; did you mean 'seed'?"),
        ("edit.strength=strong", "edit.strength=strong: expected float, got str"),
        ("seed=zero", "seed=zero"),
        ("runtime.device=gpu", "runtime.device=gpu: not a known word"),
        ("edit.strength=[1", "cannot read 'edit.strength=[1'"),
    ],
)
def test_one_problem_is_named(argument, expected):
    found = problems([argument])
    assert len(found) == 1
    assert expected in found[0]


def test_a_missing_clip_is_found_before_anything_runs(tmp_path):
    (tmp_path / "anna.mp4").write_bytes(b"")
    found = problems(["video=file", f"video.path={tmp_path}/ana.mp4"])
    assert len(found) == 1
    assert "no such file" in found[0]
    assert "did you mean" in found[0]


def test_a_value_that_must_be_given_is_asked_for():
    assert any("video.path" in text and "add video.path=" in text for text in problems(["video=file"]))


def test_an_output_folder_that_cannot_be_written_is_found(tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("")
    found = problems([f"paths.outputs={blocker}/runs"])
    assert len(found) == 1
    assert "cannot be written" in found[0]


def test_a_live_network_of_everybody_is_refused():
    assert problems(["aligner.follow=all"]) == []
    [found] = problems(["aligner.follow=all", "live=true"])
    assert found == "live=true: a live network learns one person; use aligner.follow=largest or a point"


def test_all_problems_are_reported_together():
    found = problems(["edit=agee", "tuning=ptii", "seed=zero", "sede=1"])
    assert len(found) == 4


def test_sweeps_are_checked_word_by_word():
    assert problems(["edit=age,smile", "seed=0,1"]) == []
    assert len(problems(["edit=age,smiel"])) == 1
    assert len(problems(["seed=0,zero"])) == 1


def test_composed_edits_are_accepted():
    assert problems(["edit.terms={age:4,smile:1.5}"]) == []


@pytest.fixture(scope="module")
def refused() -> subprocess.CompletedProcess:
    command = [sys.executable, "run.py", "edit=agee", "tuning=ptii"]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=240)


def test_a_bad_command_ends_with_two_and_no_traceback(refused):
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
    assert "2 problems" in refused.stderr


def test_checking_imports_nothing_heavy():
    code = (
        "import sys; from stitch_exp.config.validate import problems; problems(['edit=agee']);"
        "heavy = {'torch', 'mediapipe', 'cv2', 'pytorch_lightning'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT)
