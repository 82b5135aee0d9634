"""`make ablation`: the sweep, then the page."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from stitch_exp.app import ablation
from stitch_exp.config.schema import PROJECT
from stitch_exp.errors import DataError
from stitch_exp.report.finished import FinishedRun


@pytest.fixture
def asked(monkeypatch):
    """The commands that were run and the pages that were asked for; nothing is run or written."""
    done = SimpleNamespace(commands=[], pages=[], code=0)
    monkeypatch.setattr(
        subprocess, "run", lambda command, check: done.commands.append(command) or SimpleNamespace(returncode=done.code)
    )
    monkeypatch.setattr(ablation, "rebuild", lambda runs, docs: done.pages.append((runs, docs)) or docs / "results.md")
    return done


def test_the_sweep_is_run_with_what_was_typed_and_the_page_written(asked, capsys):
    assert ablation.main(["model=mini", "clip=talk"]) == 0
    assert asked.commands == [
        [sys.executable, str(PROJECT / "run.py"), "-m", "experiment=ablation", "logger=none", "model=mini", "clip=talk"]
    ]
    assert asked.pages == [(PROJECT / "outputs", PROJECT / "docs")]
    assert capsys.readouterr().out == f"{PROJECT / 'docs' / 'results.md'}\n"


def test_the_page_alone_runs_nothing_and_the_last_folder_counts(asked):
    assert ablation.main(["paths.outputs=/a", "--page-only", "paths.outputs=/b"]) == 0
    assert asked.commands == [] and asked.pages[0][0] == Path("/b")


def test_a_sweep_with_failed_cells_still_has_a_page_and_says_so_by_its_code(asked, capsys):
    asked.code = 1
    assert ablation.main([]) == 1 and len(asked.pages) == 1


def test_what_goes_wrong_with_the_page_is_one_sentence(asked, monkeypatch, capsys):
    def refused(runs, docs):
        raise DataError("nothing was measured")

    monkeypatch.setattr(ablation, "rebuild", refused)
    assert ablation.main(["--page-only"]) == 1
    assert capsys.readouterr().err == "error: nothing was measured\n"


@pytest.mark.parametrize("name", ["plain", "with [brackets] and *stars*"])
def test_runs_are_found_whatever_their_folder_is_called(tmp_path, name, monkeypatch):
    folder = tmp_path / name / ablation.EXPERIMENT / "cell"
    folder.mkdir(parents=True)
    (folder / "status.json").write_text('{"status": "failed", "error": "no face", "cell": "c"}')
    seen = []
    monkeypatch.setattr(ablation, "write_results", lambda runs, rows, failed, docs, *more: seen.append(failed) or docs)
    ablation.rebuild(tmp_path / name, tmp_path)
    ((_, reason),) = seen[0]
    assert reason == "no face"


@pytest.mark.parametrize(
    "config", ["{}", "video: {_target_: stitch_exp.video.FileVideo, path: gone.mp4, start: 0, frames: null}"]
)
def test_a_source_that_is_gone_is_none(tmp_path, config):
    (tmp_path / "config.yaml").write_text(config)
    assert ablation.source_of(FinishedRun(tmp_path, {}, ())) is None
