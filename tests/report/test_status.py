"""`status.json` tells a run that works from one that was killed."""

import json
import socket
import subprocess
import sys

import pytest

from stitch_exp.errors import StorageError
from stitch_exp.report.status import read_status, sweep_unfinished, write_status


def test_a_run_of_a_living_process_is_running(tmp_path):
    write_status(tmp_path, {"status": "running", "cell": "x"})
    assert read_status(tmp_path)["status"] == "running"
    assert not list(tmp_path.glob(".*.part*"))


def test_a_run_whose_process_is_gone_was_interrupted(tmp_path):
    code = f"from pathlib import Path; from stitch_exp.report.status import write_status; write_status(Path({str(tmp_path)!r}), {{'status': 'running'}})"  # noqa: E501
    subprocess.run([sys.executable, "-c", code], check=True)
    status = read_status(tmp_path)
    assert status["status"] == "interrupted" and "ended without a word" in status["error"]


def test_a_new_process_with_an_old_id_is_another_one(tmp_path):
    write_status(tmp_path, {"status": "running"})
    record = json.loads((tmp_path / "status.json").read_text())
    record["process"]["started"] = "1"
    (tmp_path / "status.json").write_text(json.dumps(record))
    assert read_status(tmp_path)["status"] == "interrupted"


def test_a_run_on_another_machine_is_believed(tmp_path):
    record = {"status": "running", "process": {"host": "elsewhere", "pid": 1, "started": "1"}}
    (tmp_path / "status.json").write_text(json.dumps(record))
    assert read_status(tmp_path)["status"] == "running"


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_a_damaged_record_is_unknown(tmp_path, text):
    (tmp_path / "status.json").write_text(text)
    assert read_status(tmp_path)["status"] == "unknown"


def test_an_unwritable_folder_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"set paths\.outputs"):
        write_status(tmp_path / "file", {})


def test_half_files_of_killed_runs_go_and_those_of_others_stay(tmp_path):
    process = {"killed": {"host": socket.gethostname(), "pid": -1}, "elsewhere": {"host": "moon", "pid": 7}}
    for name, owner in process.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "status.json").write_text(json.dumps({"status": "running", "process": owner}))
    write_status(tmp_path / "alive", {"status": "running"})
    write_status(tmp_path / "done", {"status": "complete"})
    halves = {place.name: place / ".edited.12.part.mp4" for place in tmp_path.iterdir()}
    for half in halves.values():
        half.touch()
    (tmp_path / "killed" / "edited.mp4").touch()
    sweep_unfinished(tmp_path)
    assert {name for name, half in halves.items() if half.exists()} == {"elsewhere", "alive", "done"}
    assert (tmp_path / "killed" / "edited.mp4").exists()
