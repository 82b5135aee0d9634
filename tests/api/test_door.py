"""The door for Python, on three frames of the sample and the small model, without tuning."""

import os
from pathlib import Path

import numpy as np
import pytest

import stitch_exp
from stitch_exp.api import compose
from stitch_exp.console import environment
from stitch_exp.errors import ConfigError

SMALL = {"model": "mini", "tuning": "none", "metrics": "none", "logger": "none", "runtime.device": "cpu"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Settings of every run in this file: they share a store."""
    return SMALL | {"paths.outputs": str(tmp_path_factory.mktemp("runs with 'quotes' and = signs"))}


@pytest.fixture(scope="module")
def session(place: dict[str, str]) -> stitch_exp.Session:
    return stitch_exp.Session(frames=3, settings=place, quiet=True)


def test_strength_zero_is_the_source_and_more_strength_is_more_change(session: stitch_exp.Session) -> None:
    source = session.source(1).astype(int)
    change = [np.abs(session.frame("age", strength, frame=1) - source).mean() for strength in (0, 1, 3)]
    assert change[0] == 0 and 0.3 < change[1] < change[2]
    left, top, right, bottom = session.face_box(1)
    outside = np.ones(source.shape[:2], bool)
    outside[top:bottom, left:right] = False
    assert (session.frame("age", 3, frame=1) == source)[outside].all()


def test_a_session_knows_the_edits_of_its_model(session: stitch_exp.Session) -> None:
    assert {"age", "smile", "yaw"} < set(session.edits()) and session.strength("age") == 2.0
    assert (session.frame("age", frame=1) == session.frame("age", 2.0, frame=1)).all()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda session: session.frame("agee", 1, frame=1), "did you mean 'age'"),
        (lambda session: session.frame("age", 1, frame=3), r"frame=3: 'carphone.*' has frames 0 to 2"),
        (lambda session: session.frame("none", 1, frame=0), "edit=none has no strength"),
        (lambda session: stitch_exp.edit("nowhere.mp4", edit="agee"), r"agee: no such option.*nowhere.mp4: no such"),
    ],
)
def test_mistakes_are_answered_in_words(wrong, message: str, session: stitch_exp.Session) -> None:
    with pytest.raises(ConfigError, match=message):
        wrong(session)


def test_rendering_uses_what_the_session_prepared(session: stitch_exp.Session, place: dict[str, str]) -> None:
    heard: list[tuple[str, int, int | None]] = []
    result = session.render("smile", 2, listener=lambda *news: heard.append(news))
    assert {"aligner", "encoder", "tuning"} <= set(result.status["reused"])
    assert ("writing edited.mp4", 2, 3) in heard
    assert result.video.is_file() and result.comparison is not None and result.report.is_file()
    assert Path(place["paths.outputs"]) in result.folder.parents
    # The file is compressed; its change from the source is the frame's nevertheless.
    wanted = session.frame("smile", 2, frame=1).astype(float) - session.source(1)
    got = result.frames[1].astype(float) - session.source(1)
    face = np.abs(wanted).max(-1) > 12
    assert face.sum() > 30 and np.corrcoef(wanted[face].ravel(), got[face].ravel())[0, 1] > 0.8


def test_edit_is_run_py(place: dict[str, str], capfd: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    returned: list[str] = []
    monkeypatch.setattr(environment, "return_freed_memory", lambda: returned.append("all"))
    result = stitch_exp.edit(frames=3, edit="age", strength=-1, settings=place, quiet=True)
    assert result.status["status"] == "complete" and "edit.strength=-1.0" in result.status["overrides"]
    assert len(result.frames) == 3 and result.frames[0].shape == (144, 176, 3)
    assert result.metrics == {} and returned == ["all"]
    assert capfd.readouterr().out == ""
    again = stitch_exp.edit_clip(frames=3, edit="age", strength=-1, settings=place, quiet=True)
    assert again.folder != result.folder and "stitching" in again.status["reused"]


@pytest.mark.parametrize("name", ["a b.mp4", "it's.mp4", 'a"b.mp4', "a[1],{2}=#.mp4", "käse.mp4", "back\\slash.mp4"])
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_any_file_name_is_one_word(name: str, tmp_path: Path) -> None:
    (tmp_path / name).touch()
    cfg = compose.settings(compose.video_words(tmp_path / name, 0, None))
    assert cfg.video.path == str(tmp_path / name)
