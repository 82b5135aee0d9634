"""One job: how it ended is recorded and said, whatever happens."""

import json
import logging
from types import SimpleNamespace

import numpy as np
import pytest
from hydra.types import RunMode
from omegaconf import OmegaConf

from stitch_exp.app import job as module
from stitch_exp.app.job import Ended, job, logged_to, recorded
from stitch_exp.console.stopping import Stopped
from stitch_exp.errors import ConfigError, DataError, FaceError, StorageError
from stitch_exp.report.records import write_metrics
from stitch_exp.types import MetricResult, Report


@pytest.fixture
def cfg(tmp_path):
    return OmegaConf.create({
        "paths": {"outputs": str(tmp_path)}, "experiment_name": "e", "debug": False, "rerun": False, "objective": None,
        "seed": 0,
    })  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The run folder, with Hydra answering as inside a job of this mode."""
    place = tmp_path / "e" / "now" / "0"
    place.mkdir(parents=True)
    answer = SimpleNamespace(runtime=SimpleNamespace(output_dir=str(place)), mode=RunMode.RUN)
    monkeypatch.setattr(module.HydraConfig, "get", lambda: answer)
    monkeypatch.setattr(module.environment, "return_freed_memory", lambda: None)
    return SimpleNamespace(path=place, answer=answer)


def runs(monkeypatch, run):
    monkeypatch.setattr(module, "runner", lambda: run)


def status(folder):
    return json.loads((folder.path / "status.json").read_text())


def test_a_job_that_ends_well_is_complete_with_its_facts(cfg, folder, monkeypatch):
    runs(monkeypatch, lambda cfg, path, console: {"frames": 7, "seconds": {"edit": 1.0}})
    assert job(cfg) == Ended(0)
    assert (status(folder)["status"], status(folder)["frames"], status(folder)["name"]) == ("complete", 7, "defaults")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (FaceError("no face in 'a.mp4'"), 1, "error: no face in 'a.mp4'\n"),
        (ConfigError("edit.x is 1"), 2, "error: edit.x is 1\n"),
        (IndexError("7"), 1, "error: IndexError: 7 (our defect; the traceback is in "),
    ],
)
def test_a_job_that_fails_is_one_sentence_one_code_and_a_record(cfg, folder, monkeypatch, capsys, error, code, said):
    def fails(*_):
        raise error

    runs(monkeypatch, fails)
    assert job(cfg) == Ended(code)
    assert capsys.readouterr().err.startswith(said)
    found = status(folder)
    assert (found["status"], found["error"], found["error_type"]) == ("failed", str(error), type(error).__name__)
    assert "Traceback" in (folder.path / "run.log").read_text()


def test_an_error_without_words_is_recorded_by_its_kind(cfg, folder, monkeypatch):
    def fails(*_):
        raise AssertionError

    runs(monkeypatch, fails)
    job(cfg)
    assert status(folder)["error"] == "AssertionError"


def test_a_job_is_running_while_it_runs(cfg, folder, monkeypatch):
    seen = []
    runs(monkeypatch, lambda *_: seen.append(status(folder)["status"]) or {})
    job(cfg)
    assert seen == ["running"] and status(folder)["process"]["pid"] > 0


@pytest.mark.parametrize(
    ("error", "words"), [(Stopped(15), "stopped by SIGTERM"), (KeyboardInterrupt(), "stopped by Ctrl-C")]
)
def test_a_job_that_was_stopped_is_interrupted_and_the_signal_goes_on(cfg, folder, monkeypatch, error, words):
    def stops(*_):
        raise error

    runs(monkeypatch, stops)
    with pytest.raises(type(error)):
        job(cfg)
    assert (status(folder)["status"], status(folder)["error"]) == ("interrupted", words)


def test_the_error_that_came_first_is_told_where_the_record_cannot_be_written_either(cfg, tmp_path, monkeypatch):
    written = []

    def full(folder, status):
        written.append(status["status"])
        if len(written) > 1:
            raise StorageError("disk full")

    monkeypatch.setattr(module, "write_status", full)
    with pytest.raises(FaceError, match="no face"), recorded(cfg, tmp_path, "k"):
        raise FaceError("no face")
    assert written == ["running", "failed"]


def complete(cfg, folder):
    """An earlier run of the same cell."""
    place = folder.path.parents[1] / "before" / "0"
    place.mkdir(parents=True)
    (place / "status.json").write_text(json.dumps({"status": "complete", "cell": module.cell_key(cfg)}))
    (place / "edited.mp4").touch()
    write_metrics(Report((MetricResult("seam_error", 1.5, "", "lower", np.ones(1)),)), place, ("detected",))
    return place


def test_a_sweep_skips_a_complete_cell_and_says_where_it_is(cfg, folder, monkeypatch, capsys):
    place = complete(cfg, folder)
    folder.answer.mode = RunMode.MULTIRUN
    runs(monkeypatch, lambda *_: pytest.fail("was run"))
    cfg.objective = "seam_error"
    assert job(cfg) == Ended(0, 1.5)
    assert (status(folder)["status"], status(folder)["same_as"]) == ("skipped", str(place))
    assert capsys.readouterr().err == f"defaults: complete already in {place}\n"


@pytest.mark.parametrize(("mode", "rerun"), [(RunMode.RUN, False), (RunMode.MULTIRUN, True)])
def test_a_single_run_and_one_that_is_to_be_made_again_skip_nothing(cfg, folder, monkeypatch, mode, rerun):
    complete(cfg, folder)
    folder.answer.mode, cfg.rerun = mode, rerun
    runs(monkeypatch, lambda *_: {"made": True})
    job(cfg)
    assert status(folder)["made"] and status(folder)["status"] == "complete"


@pytest.mark.parametrize("objective", ["tg_id", "undefined"])
def test_an_objective_without_a_value_is_named_with_those_there_are(cfg, folder, objective):
    results = (MetricResult("seam_error", 1.5, "", "lower"), MetricResult("undefined", float("nan"), "", "none"))
    write_metrics(Report(results), folder.path, ())
    cfg.objective = objective
    with pytest.raises(DataError, match=rf"objective={objective} has no value in .*; there are: seam_error, undefined"):
        module._objective(cfg, folder.path)


def test_everything_logged_is_in_the_file_and_warnings_also_on_the_console(tmp_path, capsys):
    log = logging.getLogger("stitch_exp.of_this_test")
    path = tmp_path / "new" / "run.log"
    with logged_to(path):
        log.info("a note of caf\u00e9s")
        log.warning("a warning")
    log.warning("after the end")
    text = path.read_text(encoding="utf-8")
    assert "INFO stitch_exp.of_this_test: a note of caf\u00e9s" in text and "after the end" not in text
    assert capsys.readouterr().err == "warning: a warning\n"


def test_a_log_that_cannot_be_written_is_no_reason_to_fail(tmp_path):
    (tmp_path / "file").touch()
    with logged_to(tmp_path / "file" / "run.log"):
        done = True
    assert done and logging.getLogger("stitch_exp").propagate
