"""What W&B cannot do costs one warning, never the run."""

import logging
import os
import socket
import threading
import types

import pytest
import wandb

from stitch_exp.tracking import wandb_run
from stitch_exp.tracking.wandb_run import WandbTracker, finish, start_run

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

    tracker._run = types.SimpleNamespace(log=refuse)
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
