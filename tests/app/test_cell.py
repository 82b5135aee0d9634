"""One cell of an experiment: its identity, and whether it was completed."""

import json
import os

import pytest
from omegaconf import OmegaConf

from stitch_exp.app import cell as module
from stitch_exp.app.cell import NOT_PART_OF_A_CELL, cell_key, describe, find_complete, overrides
from stitch_exp.report.status import read_status, write_status

CFG = {
    "paths": {"outputs": "a"}, "logger": {"name": "none"}, "debug": False, "rerun": False, "comparison": True,
    "live": False, "experiment_name": "x", "objective": None, "seed": 0, "edit": {"strength": 1.0},
}  # fmt: skip


def key(**changes):
    return cell_key(OmegaConf.create(CFG | changes))


@pytest.mark.parametrize("name", NOT_PART_OF_A_CELL)
def test_where_and_how_a_run_is_recorded_makes_no_other_cell(name):
    assert key(**{name: "something else"}) == key()


def test_every_other_setting_makes_another_cell():
    keys = {key(), key(seed=1), key(edit={"strength": 2.0}), key(edit={"strength": 1.0, "terms": {}}), key(new=None)}
    assert len(keys) == 5 and all(len(one) == 20 for one in keys)


def test_the_order_in_which_settings_were_typed_makes_no_other_cell():
    assert cell_key(OmegaConf.create(dict(reversed(CFG.items())))) == key()


def test_references_are_told_by_what_they_lead_to():
    assert key(a=1, b="${a}") == key(a=1, b=1) != key(a=2, b="${a}")


def test_a_clip_is_known_by_its_content_and_not_by_its_name(tmp_path):
    for name, text in (("a.mp4", "one"), ("b.mp4", "one"), ("c.mp4", "two")):
        (tmp_path / name).write_text(text)
    a, b, c = (key(video={"path": str(tmp_path / name)}) for name in ("a.mp4", "b.mp4", "c.mp4"))
    assert a == b != c


def test_without_a_command_line_a_cell_is_called_by_its_defaults():
    assert overrides() == [] and describe(OmegaConf.create(CFG)) == "defaults"


@pytest.fixture
def run(tmp_path):
    def make(name, status="complete", cell="k", video=True):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        (folder / "status.json").write_text(json.dumps({"status": status, "cell": cell}))
        if video:
            (folder / "edited.mp4").touch()
        return folder

    return make


def test_the_newest_complete_run_of_a_cell_is_found(run, tmp_path):
    run("2026-01-01/0")
    newest = run("2026-01-03/0")
    run("2026-01-02/0")
    run("2026-01-04/0", cell="other")
    run("2026-01-05/0", status="failed")
    assert find_complete(tmp_path, "k") == newest


@pytest.mark.parametrize(
    "made",
    [{"status": "failed"}, {"status": "interrupted"}, {"status": "skipped"}, {"cell": "other"}, {"video": False}],
)
def test_what_did_not_end_well_or_lost_its_video_is_not_complete(run, tmp_path, made):
    run("a", **made)
    assert find_complete(tmp_path, "k") is None


def test_damaged_records_and_folders_that_are_not_there_are_no_runs(run, tmp_path):
    (run("a") / "status.json").write_text("{")
    os.mkdir(tmp_path / "b")
    assert find_complete(tmp_path, "k") is None and find_complete(tmp_path / "none", "k") is None


def test_a_record_is_read_once_until_it_is_written_again(run, tmp_path, monkeypatch):
    read, place = [], run("a")
    monkeypatch.setattr(module, "read_status", lambda folder: read.append(folder) or read_status(folder))
    assert [find_complete(tmp_path, key) for key in ("k", "other", "k")] == [place, None, place] and len(read) == 1
    write_status(place, {"status": "failed", "cell": "k"})
    assert find_complete(tmp_path, "k") is None and len(read) == 2
