"""The clips of the benchmark as files."""

import pytest

from stitch_exp.app import known
from stitch_exp.building.known import settings
from stitch_exp.video import FileVideo


@pytest.fixture
def mini(monkeypatch):
    words = ["model=mini", "model.resolution=128", "video.frames=2", "video.digest=null"]
    monkeypatch.setattr(known, "settings", lambda name, more=(): settings(name, words))


def test_a_clip_lies_beside_its_true_edit(mini, tmp_path, capsys):
    assert known.main(["gt1_talk", "--out", str(tmp_path), "--edit", "age", "--strength", "1.5"]) == 0
    paths = [tmp_path / "gt1_talk.mp4", tmp_path / "gt1_talk_age_+1.5.mp4"]
    assert capsys.readouterr().out.split() == [str(path) for path in paths]
    source, edited = (FileVideo(path=str(path), start=0, frames=None)() for path in paths)
    assert len(source.frames) == len(edited.frames) == 2 and (source.frames[0] != edited.frames[0]).any()


def test_another_name_is_refused_with_those_there_are(capsys):
    assert known.main(["gt1_walk"]) == 2
    assert "there are: gt1_talk, gt1_turn" in " ".join(capsys.readouterr().err.split())
