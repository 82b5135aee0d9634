"""The end of a sweep, from run folders as cells leave them."""

import json

import numpy as np
import pytest
from omegaconf import OmegaConf
from PIL import Image

from stitch_exp.app import sweep as sweep_module
from stitch_exp.app.sweep import SweepSummary
from stitch_exp.report.records import write_metrics
from stitch_exp.report.sweep import STRIP, sum_up
from stitch_exp.types import MetricResult, Report
from stitch_exp.video import write_video


@pytest.fixture
def cell(tmp_path, make_clip, make_frames):
    def make(number, typed, **more):
        folder = tmp_path / str(number)
        folder.mkdir()
        status = {
            "status": "complete",
            "cell": str(number),
            "overrides": [typed],
            "name": typed,
            "frames": 3,
            "seconds": {},
        } | more
        (folder / "status.json").write_text(json.dumps(status))
        if status["status"] == "complete":
            results = (MetricResult("seam_error", 1.5 + number, "levels", "lower", np.full(3, 1.5 + number)),)
            write_metrics(Report(results), folder, ("detected",) * 3)
            (folder / "provenance.json").write_text(json.dumps({"input": {"name": "a", "digest": "d"}}))
            (folder / "config.yaml").write_text("{}")
            write_video(make_clip(make_frames(3)), folder / "edited.mp4")
        return folder

    return make


def end_of(folder):
    SweepSummary().on_multirun_end(OmegaConf.create({"hydra": {"sweep": {"dir": str(folder)}}}))


def test_a_sweep_ends_with_its_table_and_one_picture(cell, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    cell(0, "edit.strength=1")
    cell(1, "edit.strength=[b]2")
    end_of(tmp_path)
    said, paths = capsys.readouterr().err, sorted(path.name for path in tmp_path.glob("benchmark.*"))
    assert paths == ["benchmark.csv", "benchmark.html", "benchmark.md", "benchmark.tex"]
    assert "2 cells, 0 failed" in said and "Seam \u2193" in said and "2.50" in said and "[b]2" in said
    assert Image.open(tmp_path / STRIP).size == (400, 222)


def test_cells_that_an_earlier_sweep_completed_are_in_the_table(cell, tmp_path):
    sweep = tmp_path / "sweep"
    sweep.mkdir()
    end = sum_up([cell(0, "edit=age"), cell(1, "edit=smile")], sweep)
    assert [table.methods for table in end.tables] == [("edit=age", "edit=smile")]
    assert [path.name for path in end.paths] == ["benchmark.html", STRIP]


def test_a_sweep_without_a_complete_cell_has_no_table(cell, tmp_path, capsys):
    cell(0, "edit=age", status="failed", error="no face")
    end_of(tmp_path)
    assert "1 failed" in capsys.readouterr().err and not list(tmp_path.glob("benchmark.*"))


def test_damaged_records_cost_one_row_and_nothing_else(cell, tmp_path):
    (cell(0, "edit=age") / "metrics.json").write_text("{")
    cell(1, "edit=smile")
    end_of(tmp_path)
    page = (tmp_path / "benchmark.md").read_text()
    assert "metrics.json is damaged" in page and "edit=age (" in page and "| default | 1 | 2.5" in page


def test_a_page_that_cannot_be_written_fails_no_cell(cell, tmp_path, capsys):
    cell(0, "edit=age")
    (tmp_path / "benchmark.md").mkdir()
    end_of(tmp_path)
    assert "could not be made" in capsys.readouterr().err


def test_a_failed_cell_is_listed_with_the_command_that_makes_it_alone(cell, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    cell(0, "edit=age")
    cell(1, "edit.terms={smile: 1}", status="failed", error="no face in 'a.mp4'")
    end_of(tmp_path)
    said = capsys.readouterr().err
    assert "python run.py 'edit.terms={smile: 1}'\n" in said and "python run.py edit=age" not in said


def test_a_large_sweep_lists_what_failed_alone(cell, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sweep_module, "MOST_LISTED", 2)
    monkeypatch.setenv("COLUMNS", "200")
    for number in range(3):
        cell(number, f"seed={number}", **({"status": "failed", "error": "why not"} if number == 1 else {}))
    end_of(tmp_path)
    said = capsys.readouterr().err
    assert "3 cells, 1 failed" in said and "why not" in said and "seed=2" not in said


def test_a_finished_part_of_a_clip_is_no_run(cell, tmp_path, capsys):
    cell(0, "part=1", part="1/2")
    (tmp_path / "0" / "metrics.json").unlink()
    end_of(tmp_path)
    assert "1 cells, 0 failed" in capsys.readouterr().err and not list(tmp_path.glob("benchmark.*"))
