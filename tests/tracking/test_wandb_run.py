"""What W&B cannot do costs one warning, never the run."""

import logging
import os
import socket
import threading
import types

import numpy as np
import pytest
import wandb

from stitch_exp.tracking import wandb_run
from stitch_exp.tracking.wandb_run import WandbTracker, curves, finish, start_run
from stitch_exp.types import MetricResult, Report

ONLINE = {"project": "p", "entity": None, "mode": "online", "tags": []}
OFFLINE = ONLINE | {"mode": "offline"}


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """No account of whoever runs the tests, and nothing outside the test's folder."""
    for name in ("WANDB_MODE", "WANDB_RUN_ID", "WANDB_TAGS", "WANDB_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("WANDB_DATA_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    yield
    wandb.teardown()


def warnings_of(caplog):
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def address_of(monkeypatch, base_url):
    """Everyone asks for the server here, and has a key for it."""
    monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
    monkeypatch.setenv("WANDB_BASE_URL", base_url)


def test_a_server_that_is_not_there_is_one_warning_and_an_offline_run(tmp_path, monkeypatch, caplog):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address_of(monkeypatch, f"http://127.0.0.1:{unused.getsockname()[1]}")
        run = start_run(tmp_path, ONLINE, "name")
    assert run.settings.mode == "offline"
    run.log({"loss": 1.0})
    finish(run, failed=False)
    [warning] = warnings_of(caplog)
    assert "does not answer" in warning
    assert "recorded offline" in warning
    assert list(tmp_path.glob("wandb/offline-run-*/*.wandb"))


def test_a_server_that_never_answers_is_given_up_after_a_deadline(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(wandb_run, "PROBE_SECONDS", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address_of(monkeypatch, f"http://127.0.0.1:{silent.getsockname()[1]}")
        run = start_run(tmp_path, ONLINE, "name")
        assert run.settings.mode == "offline"
        finish(run, failed=False)
    [warning] = warnings_of(caplog)
    assert "does not answer (timed out)" in warning


def test_without_a_key_the_run_is_recorded_offline(tmp_path, caplog):
    run = start_run(tmp_path, ONLINE, "name")
    assert run.settings.mode == "offline"
    finish(run, failed=False)
    [warning] = warnings_of(caplog)
    assert "wandb login" in warning


def test_a_folder_that_cannot_be_written_is_one_warning_and_no_run(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # the tests may run as root, who may write everywhere
    tracker = WandbTracker(tmp_path, {}, OFFLINE, "name")
    tracker.log("tuning", {"loss": 1.0})
    tracker.close(failed=False)
    [warning] = warnings_of(caplog)
    assert "cannot be written" in warning
    assert "goes on without it" in warning
    assert not (tmp_path / "wandb").exists()


def test_a_failure_in_the_middle_is_one_warning_and_the_end_of_recording(tmp_path, caplog):
    tracker = WandbTracker(tmp_path, {}, OFFLINE, "name")
    real = tracker._run

    def refuse(row):
        raise OSError("No space left on device")

    tracker._run = types.SimpleNamespace(log=refuse, define_metric=lambda *args, **more: None)
    for loss in (1.0, 2.0, 3.0):
        tracker.log("tuning", {"loss": loss})
    tracker.close(failed=False)
    real.finish()
    [warning] = warnings_of(caplog)
    assert "No space left on device" in warning


@pytest.mark.parametrize(("failed", "patient"), [(True, "FAILED_SECONDS"), (False, "FINISH_SECONDS")])
def test_an_end_that_never_comes_is_not_waited_for(failed, patient, tmp_path, monkeypatch, caplog):
    short = {"FAILED_SECONDS": 0.05, "FINISH_SECONDS": {"offline": 0.05, "online": 0.05}}
    monkeypatch.setattr(wandb_run, patient, short[patient])
    released = threading.Event()
    hanging = types.SimpleNamespace(
        settings=types.SimpleNamespace(mode="online"),
        dir=str(tmp_path / "files"),
        finish=lambda exit_code: released.wait(),
    )
    finish(hanging, failed=failed)
    assert not released.is_set()
    released.set()
    [warning] = warnings_of(caplog)
    assert "did not end within" in warning


def result(name, curve=None, instrument=""):
    return MetricResult(name, 1.0, "", "none", curve, "", instrument)


def test_curves_are_rows_of_what_is_defined_in_each_frame():
    report = Report((
        result("seam", np.array([1.0, np.nan, 3.0])),
        result("tl_id", np.array([0.5]), "identity=a"),
        result("tl_id", np.array([np.inf, 0.25]), "identity=b"),
        result("frames"),
    ))  # fmt: skip
    assert curves(report) == [
        {"frame": 0, "per_frame/seam": 1.0, "per_frame/tl_id": 0.5},
        {"frame": 1, "per_frame/tl_id@b": 0.25},
        {"frame": 2, "per_frame/seam": 3.0},
    ]
    assert curves(Report((result("frames"),))) == [] == curves(Report(()))


def test_curves_of_people_stand_beside_each_other():
    people = [Report((result("seam", np.array(curve)),)) for curve in ([1.0, np.nan], [3.0, 4.0])]
    assert curves(Report((result("people", np.array([2.0, 1.0])),)), people) == [
        {"frame": 0, "per_frame/people": 2.0, "per_frame/1/seam": 1.0, "per_frame/2/seam": 3.0},
        {"frame": 1, "per_frame/people": 1.0, "per_frame/2/seam": 4.0},
    ]


def test_people_are_told_apart_in_what_is_uploaded(tmp_path):
    """A real offline run: losses with an axis of their own, numbers, curves, a table, and files of each person."""
    for number in (1, 2):
        (tmp_path / "people" / str(number)).mkdir(parents=True)
        (tmp_path / "people" / str(number) / "metrics.json").write_text("{}")
    tracker = WandbTracker(tmp_path, {}, OFFLINE, "name")
    for number in (1, 2):
        tracker.log(f"tuning/{number}", {"loss": 0.5})
    people = [Report((result("seam", np.array([float(number)])),)) for number in (1, 2)]
    tracker.results(Report((result("seam"),)), tmp_path, {}, people)
    tracker.close(failed=False)
    [recorded] = tmp_path.glob("wandb/offline-run-*/*.wandb")
    said = recorded.read_bytes()
    for name in (
        "tuning/1/*", "tuning/2/update", "tuning/2/loss", "people/1/seam", "people/2/seam", "per_frame/2/seam",
        "people/2/metrics.json", "people.table.json",
    ):  # fmt: skip
        assert name.encode() in said.replace(b"media/table/people_", b"people.table.json "), name


def test_a_table_has_a_row_for_each_person_and_gaps_where_something_was_not_measured():
    people = [Report((result("seam"),)), Report((result("seam"), result("tl_id")))]
    assert wandb_run._table(people) == (["person", "seam", "tl_id"], [[1, 1.0, None], [2, 1.0, 1.0]])


@pytest.mark.parametrize(
    ("own", "environment", "tags"),
    [
        (["a"], "", ["a"]), ([], "x, y ,,", ["x", "y"]), (["a", "x"], "x,b", ["a", "x", "b"]), (["a", "a"], "a", ["a"]),
    ],
)  # fmt: skip
def test_tags_of_the_environment_stand_beside_those_of_the_settings(own, environment, tags, monkeypatch):
    monkeypatch.setenv("WANDB_TAGS", environment)
    assert wandb_run._tags({"tags": own}) == tags


@pytest.mark.parametrize(
    ("own", "environment", "identity"),
    [
        (None, None, {}), ("", "", {}), ("a", None, {"id": "a", "resume": "allow"}),
        (None, "b", {"id": "b", "resume": "allow"}),
        ("a", "b", {"id": "a", "resume": "allow"}),
    ],
)  # fmt: skip
def test_a_run_with_an_id_goes_on(own, environment, identity, monkeypatch):
    if environment is not None:
        monkeypatch.setenv("WANDB_RUN_ID", environment)
    assert wandb_run._identity({"id": own}) == identity


def test_a_tracker_without_a_run_records_nothing_and_complains_of_nothing(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(wandb_run, "start_run", lambda *args, **more: None)
    tracker = WandbTracker(tmp_path, {}, OFFLINE, "name")
    tracker.log("tuning", {"loss": 1.0})
    tracker.results(Report(()), tmp_path, {})
    tracker.close(failed=False)
    assert warnings_of(caplog) == [] and list(tmp_path.iterdir()) == []


def test_updates_of_each_stage_are_counted_by_themselves(tmp_path, monkeypatch):
    rows = []
    run = types.SimpleNamespace(define_metric=lambda *args, **more: None, log=rows.append)
    monkeypatch.setattr(wandb_run, "start_run", lambda *args, **more: run)
    tracker = WandbTracker(tmp_path, {}, OFFLINE, "name", group="sweep")
    for stage in ("tuning", "tuning", "stitching", "tuning"):
        tracker.log(stage, {"loss": 0.5})
    assert [next(iter(row.items())) for row in rows] == [
        ("tuning/update", 0), ("tuning/update", 1), ("stitching/update", 0), ("tuning/update", 2)
    ]  # fmt: skip
    assert rows[0]["tuning/loss"] == 0.5
